"""The commands and the functions behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_Rows = list[dict[str, Any]]


def load_command_table(self: Any, _: Any) -> None:
    with self.command_group("aks invoke-fix") as group:
        group.custom_command("run", "run", table_transformer=_of_each(_run_table))
        group.custom_command("diagnose", "diagnose", table_transformer=_of_each(_diagnosis_table))
        group.custom_command("exempt-policy", "exempt_policy", table_transformer=_of_each(_plan_table))
        group.custom_command("grant-role", "grant_role", table_transformer=_of_each(_plan_table))
        group.custom_command("add-capacity", "add_capacity", table_transformer=_of_each(_plan_table))
        group.custom_command("repair", "repair", table_transformer=_of_each(_walk_table))
        group.custom_command("undo", "undo", table_transformer=_of_each(_plan_table))
        group.custom_command("history", "history", table_transformer=_history_table)
        group.custom_command("scan", "scan", table_transformer=_of_each(_scan_table))
        group.custom_command("explain", "explain", table_transformer=_explain_table)


def _of_each(table: Callable[[Any], _Rows]) -> Callable[[Any], _Rows]:
    """The rows of one result, or of one for each of several ``--ids``, which az puts into a list."""

    def rows(result: Any) -> _Rows:
        if not isinstance(result, list):
            return table(result)
        return [{**_cluster(each), **row} for each in result for row in table(each)]

    return rows


def _cluster(result: dict[str, Any]) -> dict[str, str]:
    """Which of several clusters a row is of, where the result says so."""
    known = result.get("clusterId") or (result.get("diagnosis") or {}).get("clusterId")
    return {"Cluster": known.rsplit("/", 1)[-1]} if isinstance(known, str) else {}


def _run_table(result: dict[str, Any]) -> _Rows:
    return [
        {
            "Outcome": result["outcome"],
            "ExitCode": result["exitCode"],
            "CommandId": result["commandId"],
            "Finding": (result["failure"] or {}).get("finding"),
        }
    ]


def _diagnosis_table(result: dict[str, Any]) -> _Rows:
    from azext_aksinvokefix.report.table import table

    return list(table(result))


def _scan_table(result: dict[str, Any]) -> _Rows:
    from azext_aksinvokefix.report.scan import table

    return table(result)


def _plan_table(result: dict[str, Any]) -> _Rows:
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


def _walk_table(result: dict[str, Any]) -> _Rows:
    return [
        {"Finding": step["finding"], "Stage": step["stage"], "Action": step["action"], "Reason": step["reason"]}
        for step in result["steps"]
    ]


def _history_table(result: list[dict[str, Any]]) -> _Rows:
    from azext_aksinvokefix.report.history import table

    return list(table(result))


def _explain_table(result: Any) -> _Rows:
    rows = result if isinstance(result, list) else [result]
    return [{key.capitalize(): row[key] for key in ("id", "stage", "severity", "title")} for row in rows]
