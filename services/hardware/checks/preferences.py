"""The settings file."""

from services import settings
from services.hardware.checks._check import Machine, Outcome, checks, ok, warn
from services.i18n import N_


@checks.add("settings")
class SettingsCheck:
    """It can be read, and each value is one that its setting takes."""

    title = N_("Settings")
    order = 110

    def run(self, machine: Machine) -> Outcome:
        """Read it."""
        wrong = settings.problems()
        if wrong:
            return warn(
                N_("In the settings file: {problem}"),
                N_("Choose it anew in Settings, or mend {file}."),
                action="settings.open",
                problem=wrong[0],
                file=str(settings.settings_path()),
            )
        return ok(N_("The settings are in order."))
