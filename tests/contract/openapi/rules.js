// What is validated, against which version, and what is known to differ. In KNOWN a code may be a pattern.

// The OpenAPI files that are read, below SPECS.
const FILES = [
  'containerservice/resource-manager/Microsoft.ContainerService/aks/stable/2024-02-01/managedClusters.json',
  'authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/*.json',
  'resources/resource-manager/Microsoft.Authorization/stable/2023-04-01/policy*.json',
  'resources/resource-manager/Microsoft.Authorization/preview/2022-07-01-preview/policyExemptions.json',
  'policyinsights/resource-manager/Microsoft.PolicyInsights/stable/2019-10-01/*.json',
  'policyinsights/resource-manager/Microsoft.PolicyInsights/stable/2022-04-01/componentPolicyStates.json',
  'resourcegraph/resource-manager/Microsoft.ResourceGraph/stable/2022-10-01/*.json',
].map((file) => `specification/${file}`);

// Clients ask for newer versions than the files describe; the shapes checked here have not changed since.
const VERSIONS = [
  [/Microsoft\.Authorization\/policyExemptions/i, '2022-07-01-preview'],
  [/Microsoft\.Authorization\/policy(Assignments|Definitions|SetDefinitions)/i, '2023-04-01'],
  [/Microsoft\.Authorization\/(role|permissions|deny)/i, '2022-04-01'],
  [/Microsoft\.PolicyInsights\/policyStates/i, '2019-10-01'],
  [/componentPolicyStates/i, '2022-04-01'],
  [/Microsoft\.ResourceGraph/i, '2022-10-01'],
  [/Microsoft\.ContainerService\/managedClusters/i, '2024-02-01'],
];

// An extension resource of a cluster or a registry: the files want the names of parent resources before it, which these
// do not have.
const EXTENSION = /(\/providers\/Microsoft\.Container(?:Service|Registry))(\/(?:managedClusters|registries)\/[^/]+\/providers\/Microsoft\.Authorization\/)/i;
const WITH_PARENT = '$1/parent$2';

// Requests that no file at hand describes. Anything else without an operation is an error.
const UNDESCRIBED = [
  [/^\/(msi|oauth2|adfs|metadata\/identity|common|[^/]+\/(v2\.0|oauth2))/i, 'sign-in is not ARM'],
  [/^\/msgraph\//i, 'Microsoft Graph is not ARM'],
  [/^\/(subscriptions(\/[^/]+)?|tenants|providers)$/i, 'subscriptions and providers'],
  [/^\/subscriptions\/[^/]+\/(resourcegroups(\/[^/]+)?|resources|locations)$/i, 'resource groups'],
  [/^\/metadata\/endpoints/i, 'cloud discovery'],
  [/\/locations\/[^/]+\/operation(s|results)\//i, 'long-running operations'],
  [/Microsoft\.Insights\//i, 'metrics and the Activity Log'],
  [/\/providers\/Microsoft\.Authorization\/(locks|roleEligibility|roleAssignmentSchedule)/i, 'locks and PIM'],
  [/^\/subscriptions\/[^/]+\/providers\/Microsoft\.Authorization\/permissions$/i, 'permissions of a whole subscription'],
  [/\/managementGroups\/[^/]+\/providers\/Microsoft\.Authorization\/permissions$/i, 'permissions of a management group'],
  [/\/namespaces\/[^/]+\/providers\/Microsoft\.Authorization\/permissions$/i, 'permissions of a namespace: a longer path'],
  [/\/deploymentSafeguards\//i, 'Deployment Safeguards: newer than the files'],
  [/\/detectors/i, 'detectors'],
  [/Microsoft\.OperationalInsights\//i, 'Log Analytics'],
];

// Differences between Azure itself and its files: [operation and status, code, message and where, why].
const KNOWN = [
  [/^ManagedClusters_/, 'OBJECT_ADDITIONAL_PROPERTIES', /: (kind|nodeProvisioningProfile|bootstrapProfile|maxUnavailable) /,
    'newer than the file'],
  [/^ManagedClusters_/, 'OBJECT_ADDITIONAL_PROPERTIES', /: containerInsights /, 'the same'],
  [/^(ManagedClusters|AgentPools)_/, 'OBJECT_ADDITIONAL_PROPERTIES', /: undrainableNodeBehavior /, 'the same'],
  [/^(ManagedClusters|AgentPools)_CreateOrUpdate /, 'READONLY_PROPERTY_NOT_ALLOWED_IN_REQUEST', /"nodeImageVersion"/,
    'az sends back what it read'],
  [/^ManagedClusters_/, 'OBJECT_ADDITIONAL_PROPERTIES', /\/aadProfile\/adminUsers$/, 'recorded, but in no file'],
  [/^ManagedClusters_GetCommandResult 404/, 'INVALID_RESPONSE_BODY', /not provided/, 'a lost result: bare'],
  [/^ManagedClusters_GetCommandResult 404/, 'INVALID_CONTENT_TYPE', /octet-stream/, 'the same'],
  [/^(ManagedClusters|AgentPools)_\w+ [45]/, 'OBJECT_ADDITIONAL_PROPERTIES', / \/(code|details|message|subcode|target)$/,
    'the errors of the resource provider are flat'],
  [/^PolicyAssignments_/, 'OBJECT_ADDITIONAL_PROPERTIES',
    / \/(value\/\d+\/)?properties\/(instanceId|assignmentType|selfServeExemptionSettings)$/, 'newer than the file'],
  [/^PolicyDefinitionVersions_GetBuiltIn 404/, 'PATTERN', /: 6\.\*\.\* /, 'asked on purpose, to record the refusal'],
  [/^PolicyExemptions_CreateOrUpdate 400/, 'OBJECT_MISSING_REQUIRED_PROPERTY', /exemptionCategory/, 'the same'],
  [/^PolicyAssignments_/, 'OBJECT_ADDITIONAL_PROPERTIES', /: future /, 'what no version knows yet, as a test has it'],
  [/^PolicyAssignments_/, 'PATTERN', /\/path\/policyAssignmentName$/, 'a hostile name that a test made up'],
  [/^Permissions_/, 'OBJECT_ADDITIONAL_PROPERTIES', /: condition(Version)? /, 'newer than the file'],
  [/^ManagedClusters_Get 404/, '(PATTERN|MAX_LENGTH)', /\/path\/resourceName$/, 'a name that a test made up'],
  [/^ManagedClusters_/, 'ENUM_CASE_MISMATCH', /\/(backendPoolType|loadBalancerSku)$/, 'recorded in this casing'],
];

// Statuses that the files never list: injected by a test, or answered by the gateway in front of the provider.
const UNLISTED_STATUS = new Set([0, 401, 408, 413, 429, 500, 502, 503, 504]);

module.exports = { FILES, VERSIONS, EXTENSION, WITH_PARENT, UNDESCRIBED, KNOWN, UNLISTED_STATUS };
