"""Pages in a real browser: Debian's Chromium without a window, with security keys of its own making."""
