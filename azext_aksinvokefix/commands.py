"""The commands and the functions behind them."""

from __future__ import annotations

from typing import Any


def load_command_table(self: Any, _: Any) -> None:
    with self.command_group("aks invoke-fix") as group:
        group.custom_command("run", "run", table_transformer=_run_table)
        group.custom_command("diagnose", "diagnose", table_transformer=_diagnosis_table)
        group.custom_command("explain", "explain", table_transformer=_explain_table)


def _run_table(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "Outcome": result["outcome"],
        "ExitCode": result["exitCode"],
        "CommandId": result["commandId"],
        "Finding": (result["failure"] or {}).get("finding"),
    }


def _diagnosis_table(result: dict[str, Any]) -> list[dict[str, str]]:
    from azext_aksinvokefix.report.text import table

    return table(result)


def _explain_table(result: Any) -> list[dict[str, Any]]:
    rows = result if isinstance(result, list) else [result]
    return [{key.capitalize(): row[key] for key in ("id", "stage", "severity", "title")} for row in rows]
