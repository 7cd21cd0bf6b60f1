"""The commands and the functions behind them."""

from __future__ import annotations

from typing import Any


def load_command_table(self: Any, _: Any) -> None:
    with self.command_group("aks invoke-fix") as group:
        group.custom_command("run", "run", table_transformer=_run_table)
        group.custom_command("diagnose", "diagnose", table_transformer=_diagnosis_table)
        group.custom_command("exempt-policy", "exempt_policy", table_transformer=_plan_table)
        group.custom_command("grant-role", "grant_role", table_transformer=_plan_table)
        group.custom_command("add-capacity", "add_capacity", table_transformer=_plan_table)
        group.custom_command("repair", "repair", table_transformer=_walk_table)
        group.custom_command("undo", "undo", table_transformer=_plan_table)
        group.custom_command("history", "history", table_transformer=_history_table)
        group.custom_command("scan", "scan", table_transformer=_scan_table)
        group.custom_command("explain", "explain", table_transformer=_explain_table)


def _run_table(result: Any) -> list[dict[str, Any]]:
    return [_run_row(each) for each in (result if isinstance(result, list) else [result])]


def _run_row(result: dict[str, Any]) -> dict[str, Any]:
    cluster = {"Cluster": result["clusterId"].rsplit("/", 1)[-1]} if "clusterId" in result else {}
    return {
        **cluster,
        "Outcome": result["outcome"],
        "ExitCode": result["exitCode"],
        "CommandId": result["commandId"],
        "Finding": (result["failure"] or {}).get("finding"),
    }


def _diagnosis_table(result: dict[str, Any]) -> list[dict[str, str]]:
    from azext_aksinvokefix.report.table import table

    return table(result)


def _scan_table(result: dict[str, Any]) -> list[dict[str, Any]]:
    from azext_aksinvokefix.report.scan import table

    return table(result)


def _plan_table(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "ChangeId": result["changeId"],
            "Method": change["method"],
            "Id": change["id"],
            "State": "planned" if result["whatIf"] else change.get("state"),
            "Verified": result["verified"],
        }
        for change in result["changes"]
    ]


def _walk_table(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"Finding": step["finding"], "Stage": step["stage"], "Action": step["action"], "Reason": step["reason"]}
        for step in result["steps"]
    ]


def _history_table(result: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from azext_aksinvokefix.report.history import table

    return list(table(result))


def _explain_table(result: Any) -> list[dict[str, Any]]:
    rows = result if isinstance(result, list) else [result]
    return [{key.capitalize(): row[key] for key in ("id", "stage", "severity", "title")} for row in rows]
