"""Every version of an Azure API that is asked for, each with the reason why it is that one.

What is read is read as lossless JSON at a pinned version, so that nobody's newer az changes what a check sees. Where a
cloud may lag behind, an older version follows, and is asked for when the first is answered with one of ``UNKNOWN``.
The request that submits a command goes through az's own SDK, at the version of the az that is installed.
"""

from __future__ import annotations

#: What ARM or a resource provider answers to a version that it does not know, as in a cloud that lags behind.
UNKNOWN = frozenset({"InvalidApiVersionParameter", "NoRegisteredProviderFound", "InvalidResourceType"})

# Microsoft.ContainerService

#: commandResults, and the managed cluster where a cloud knows none of those below: served in every cloud.
CLUSTER = "2024-02-01"
#: Reads of the managed cluster: the first stable one with azureMonitorProfile.containerInsights, the first that is
#: known to have bootstrapProfile, and the oldest.
CLUSTER_READS = ("2026-06-01", "2025-07-01", CLUSTER)
#: Writes of the cluster and its pools: what the oldest supported azure-cli sends, so every cloud's service takes it,
#: and its read-only members are known.
CLUSTER_WRITE = "2024-09-01"
#: The first stable one with deploymentSafeguards as a resource of its own.
SAFEGUARDS = "2025-07-01"
#: What a cluster has to reach has been listed since 2021; the answer has not changed since.
OUTBOUND = CLUSTER
#: Detectors: one that AKS's own extension for VS Code asks with.
DETECTORS = "2024-08-01"

# Microsoft.Authorization: policies

#: The oldest that shows everything an effect depends on: overrides, resourceSelectors and definitionVersion.
ASSIGNMENTS = "2023-04-01"
#: For a cloud that does not know that one: the same without definitionVersion.
ASSIGNMENTS_OLDER = "2022-06-01"
#: Writes of an assignment, which is read at the same version so that nothing in it is lost: the one that the newest
#: azure-cli writes with, then one for clouds that do not have it yet.
ASSIGNMENT_WRITES = ("2025-11-01", "2024-05-01")
#: The oldest with the versions of a definition.
DEFINITIONS = "2023-04-01"
#: The same without versions, for a cloud that does not know that one.
DEFINITIONS_OLDER = "2021-06-01"
#: Exemptions have previews alone; this one is older than the oldest supported azure-cli, so that no cloud lags behind
#: it, and has all that is read and written.
EXEMPTIONS = "2022-07-01-preview"

# Microsoft.Authorization: rights

#: The one whose entries carry the conditions of role assignments.
PERMISSIONS = "2022-05-01-preview"
#: Role assignments, role definitions and deny assignments: the stable one, with which azure-cli writes as well.
ROLES = "2022-04-01"
#: Eligible roles and their activation: the stable one.
ELIGIBILITY = "2020-10-01"
#: Locks: a stable one; the level and the name are all that is read.
LOCKS = "2020-05-01"

# Others

#: Policy states: a stable one whose rows can be filtered by their effect; no newer member is read.
POLICY_STATES = "2019-10-01"
#: Resource Graph: a stable one with resultTruncated and the tenant's subscription limit in its answer.
RESOURCE_GRAPH = "2022-10-01"
#: The Activity Log has no other stable version.
ACTIVITY_LOG = "2015-04-01"
#: Platform metrics: a stable one; no newer member is read.
METRICS = "2018-01-01"
#: Log Analytics through ARM: the version that its own OpenAPI file describes, whose answer has one shape everywhere.
WORKSPACE_QUERY = "2017-10-01"
#: The same asked of a resource instead of a workspace; documented with this preview alone.
CLUSTER_LOGS = "2018-03-01-preview"
#: Data collection rules and what is associated with them: what azure-cli asks with.
COLLECTION_RULES = "2022-06-01"
