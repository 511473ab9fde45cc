"""Every page in Chromium: nothing wrong for axe, no broken policy, nothing to scroll sideways for."""
