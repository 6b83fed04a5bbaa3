"""What a trainer imports to be watched and steered: the hook.

`link.py` needs the standard library only and stands alone: it can be copied into a project that
does not have this package. Bridges to training libraries go into modules beside it.
"""

from console.sdk.link import Link

__all__ = ["Link"]
