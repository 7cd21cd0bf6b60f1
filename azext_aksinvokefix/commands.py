"""The commands and the functions behind them."""


def load_command_table(self, _):
    with self.command_group("aks invoke-fix") as group:
        group.custom_command("run", "run", table_transformer=_run_table)


def _run_table(result):
    return {
        "Outcome": result["outcome"],
        "ExitCode": result["exitCode"],
        "CommandId": result["commandId"],
        "Finding": (result["failure"] or {}).get("finding"),
    }
