"""Every page in Chromium: nothing wrong for axe, nothing that breaks the policy, nothing to scroll sideways for."""
