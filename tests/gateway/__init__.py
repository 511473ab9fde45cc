"""The bank behind real nginx, with the configuration in deploy/gateway/."""
