"""Eyes that notice: rules over the log and alarms about the machine, alerts, incidents, and whom to tell."""
