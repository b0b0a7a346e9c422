"""Headers that bind the browser: what the page may load, and who may show it."""

from __future__ import annotations

# Gradio starts from scripts inside its page, compiles the templates of gr.HTML, and makes modules
# of its own for gr.Video, so these have to be allowed; what is left forbids scripts, requests,
# frames and forms to or from anywhere else.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}

# What the header that Gradio shows on Spaces needs besides: it is Hugging Face's.
_SPACE_POLICY = {
    "connect-src": "https://huggingface.co",
    "img-src": "https://huggingface.co https://*.huggingface.co",
    "style-src": "https://fonts.googleapis.com",
    "font-src": "https://fonts.gstatic.com",
}

# The live webcam takes pictures, and the camera of the video tab takes the sound as well.
_PERMISSIONS = "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"


def security_headers(frame_ancestors: str, *, space: bool = False) -> dict[str, str]:
    """Return the headers of every answer.

    Args:
        frame_ancestors: the sites that may show the page in a frame, as in a
            Content-Security-Policy.
        space: whether the app is a Space on Hugging Face.
    """
    policy = {**_POLICY, "frame-ancestors": frame_ancestors}
    for name, sources in _SPACE_POLICY.items() if space else ():
        policy[name] += f" {sources}"
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": _PERMISSIONS,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
