"""The texts that need no grammar: a finding and the words that give it away, precise ones before umbrellas.

The words are written as in ``Text.low``: lower case, no white space, every quote ``'``. A rule holds when all the words
of one of its alternatives occur. Sources stand with the findings in the catalogue; "unproven" marks wording
that follows from the service's other messages and was never seen for this command.
"""

from __future__ import annotations

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.rule import Rule, any_of, first
from azext_aksinvokefix.failure.text import Text
from azext_aksinvokefix.lifecycle import Stage

#: Who asked and whether ARM let them: explicit codes, which nothing else in a text explains away.
ACCESS = (
    any_of("cluster-token-missing", "missingaadclustertoken", ".clustertokenisrequired"),
    any_of("wrong-tenant", "invalidauthenticationtokentenant", "fromthewrongissuer'https://sts."),
    any_of("arm-denied", "denyassignmentauthorizationfailed", "becauseofthedenyassignment", "blockedbydenyassignments"),
    any_of("resource-locked", "scopelocked", "followingscope(s)arelocked"),
    any_of(
        "arm-action-missing",
        ("toperformaction", "doesnothaveauthorization"),
        ("toperformaction", "doesnothavepermission"),
        # The bare word would also come of "… authorization" and "Failed …" on the next line.
        "(authorizationfailed)",
        "'authorizationfailed'",
        "linkedauthorizationfailed",
        "code:authorizationfailed",
        "authorizationfailed:",
    ),
    any_of("arm-denied", "requestdisallowedbypolicy"),
    any_of(
        "sign-in-expired",
        "expiredauthenticationtoken",
        "invalidauthenticationtoken",
        "(authenticationfailed)",
        "theaccesstokenexpiryutctime",
        "theaccesstokenisinvalid",
        "accesstokenhasexpired",
        "pleaserun'azlogin'tosetupaccount",
        "interactiveauthenticationisneeded",
        "refreshtokenhasexpired",
        "continuousaccessevaluation",
        "tokencreatedwithoutdatedpolicies",
        "invalidstatus'unauthorized'",
        "invalidstatuscode'unauthorized'",
    ),
    any_of("result-lost", ("resourcenotfound", "/commandresults/")),
    any_of(
        "cluster-not-found",
        ("resourcenotfound", "managedclusters/"),
        ("theresource'microsoft.containerservice/managedclusters/", "wasnotfound"),
        "resourcegroupnotfound",
        ("resourcegroup'", "couldnotbefound."),
        "subscriptionnotfound",
        ("thesubscription", "couldnotbefound"),
        ("thesubscriptionof'", "doesn'texistincloud"),
        "getmanagedcluster_notfound",
        "couldnotfindmanagedclusterresource",
        "managedclusternotfound",
    ),
)

#: The resource provider's and the client's own words.
SERVICE = (
    any_of(
        "cluster-stopped",
        "powerstate=stopped",
        ("powerstate", "stopped", "runcommand"),
        "clusterisstopped",
        "clusterisinstoppedstate",
        "clusterisinthestoppedstate",
        ("operationnotallowed", "stoppedstate"),
    ),
    any_of(
        "cluster-not-ready",
        "fullyprovisionedyet",
        ("clusterisbeingdeleted", "runcommand"),
        "inastatepreventingruncommandfeature",
    ),
    any_of(
        "run-command-disabled-by-policy",
        "1b708b0a-3380-40e9-8b79-821f9fa224cc",
        "disablecommandinvokeonazurekubernetesservice",
        ("requestdisallowedbypolicy", "disableruncommand"),
    ),
    any_of(
        "operation-in-progress",
        ("operationnotallowed", "inprogress"),
        ("operationisnotallowed", "inprogress"),
        ("anotheroperation", "isinprogress"),
        "inprogressupdatemanagedclusteroperation",
        ("operationnotallowed", "pleasewaitforittofinish"),
        "etagmismatch",
        "originaletagnotexpect",
        "notlatestoperation",
        "operationpreempted",
        "preemptedbyamorerecentoperation",
        "preemptedbyanotheroperation",
        ("operationhasbeenpreempted", "by"),
        "supersededbyanotheroperation",
        "supersededbyanewer",
        "overriddenbyanotheroperation",
        "overriddenbyalateroperation",
        "canceledbyanotheroperation",
        "cancelledbyanotheroperation",
        "notthelatestoperation",
        "isnotthelatest",
        "modifiedbyanotheroperation",
        "conflictingoperation",
        "anactiveoperation",
        ("anotherconcurrent", "operation"),
        ("aks-pending-operation",),
    ),
    any_of(
        "throttled",
        "toomanyrequests",
        "hasaskedustotryagainlater",
        "requestisbeingthrottled",
        "requestwasthrottled",
        "throttlingerror",
        "aks-managed-apiserver-guard",
        "statuscode:429",
    ),
    any_of(
        "attachment-too-large",
        "requestentitytoolarge",
        "payloadtoolarge",
        "requestcontenttoolarge",
        "invalidstatus'contenttoolarge'",
        "requestbodytoolarge",
        "statuscode:413",
        "requesttoolarge",
        "requestentityistoolarge",
        "contenttoolarge</",
        "contenttoolarge<",
        "requestcontentlength",
        "exceededthemaximumrequestlength",
    ),
    any_of(
        "attachment-invalid",
        "isnotvalidfile,ornotaccessable",
        "notexpectingotherattachement",
        "userwarning:duplicatename:",
        "zipdoesnotsupporttimestampsbefore1980",
        ("hereisthetraceback", "[errno2]nosuchfileordirectory"),
        ("hereisthetraceback", "[errno13]permissiondenied"),
        ("hereisthetraceback", "[errno21]isadirectory"),
    ),
    any_of(
        "extension-conflict",
        "'nonetype'objecthasnoattribute'__dict__'",
        "'nonetype'objecthasnoattribute'__name__'",
        ("azext_aks_preview", "importerror"),
        ("azext_aks_preview", "modulenotfounderror"),
        ("azext_aks_preview", "attributeerror"),
        ("azext_aks_preview", "typeerror"),
    ),
    any_of(
        "cli-outdated",
        "'command'ismisspelledornotrecognized",
        "'invoke'ismisspelledornotrecognized",
        "'command'isnotinthe'azaks'commandgroup",
    ),
)

#: How the cluster's own API server says 429, which Azure has nothing to do with; or what AKS put there for it.
API_SERVER_THROTTLES = (
    "errorfromserver(toomanyrequests",
    "serverhasreceivedtoomanyrequests",
    "hasaskedustotryagainlater",
    "aks-managed-apiserver-guard",
)

#: A stream to a container that did not come about, for which the tunnel is to blame unless somebody behind it answered.
_NO_STREAM = any_of("tunnel-broken", "unabletoupgradeconnection", "errorupgradingconnection")
_ANSWERED = (
    "container not found",
    "pod does not exist",
    "forbidden (",
    "unauthorized",
    "you must specify at least 1 of",
)
_ANSWERS = tuple(f"connection:{answer.replace(' ', '')}" for answer in _ANSWERED)

#: Where in the cluster the command pod got stuck.
STARTUP = (
    any_of(
        "tunnel-broken",
        "errordialingbackend",
        "spdyexecutor",
        "konnectivity",
        "noagentavailable",
        # The API server's call to a kubelet, which goes through the tunnel.
        (":10250/", "dialtcp"),
    ),
    any_of(
        "image-pull-failed",
        "imagepullback",
        "errimagepull",
        "errimageneverpull",
        "failedtopullimage",
        "back-offpullingimage",
        "failedtopullandunpackimage",
        "tryingandfailingtopullimage",
        "imageinspecterror",
        "invalidimagename",
        "signaturevalidationfailed",
    ),
    any_of(
        "init-failed",
        ("inotifywait:", "errorwhileloading"),
        "waitforaadtoken",
        "waitingtostart:podinitializing",
        "init:crashloopbackoff",
        "init:error",
        "init:oomkilled",
        "initcontainerfailed",
        ("initcontainer", "crashloopbackoff"),
    ),
    any_of(
        "webhook-unreachable",
        "failedcallingwebhook",
        "failedcallingadmissionwebhook",
        ("failedtocallwebhook",),
    ),
    any_of(
        "quota-exceeded",
        "exceededquota:",
        ("failedquota:", "mustspecify"),
        ("usageperpodis", "butlimitis"),
        ("usagepercontaineris", "butlimitis"),
        ("usagepercontaineris", "butrequestis"),
        ("usagepercontaineris", "nolimitisspecified"),
        ("usagepercontaineris", "norequestisspecified"),
        "maxlimittorequestratioper",
    ),
)

#: The command's own output.
COMMAND = (
    any_of(
        "kubernetes-unauthorized",
        "mustbeloggedintotheserver",
        "errorfromserver(unauthorized)",
        "error:unauthorized",
        "thetokenprovidedisinvalid",
    ),
    any_of(
        "command-interactive",
        "unabletouseatty",
        "inputisnotaterminal",
        "theinputdeviceisnotatty",
        "stdinisnotaterminal",
        "notaterminal",
        "inappropriateioctlfordevice",
        "termenvironmentvariablenotset",
        "isnotatty",
    ),
)

#: What kubectl, helm and the shell print, in a text that came without saying that it is a command's output.
COMMAND_OUTPUT = (
    any_of(
        "command-failed",
        "theserverdoesn'thavearesourcetype'",
        ("/command-files/", "permissiondenied"),
        ("mkdir/.", "permissiondenied"),
        *((stream, answer) for (stream,) in _NO_STREAM.words for answer in _ANSWERS),
        "error:timedoutwaitingforthecondition",
        "timedoutwaitingfortheconditionon",
        "exceededitsprogressdeadline",
        "nomatchesforkind'",
        "errorvalidatingdata:",
        "'isinvalid:spec",
        "'isinvalid:metadata",
        "'isinvalid:*",
        ("context'", "'doesnotexist"),
        ("unknowncommand'", "for'kubectl"),
        ("unknowncommand'", "for'helm"),
        "notavalidchartrepository",
        "unabletoreadurl'",
        "release:notfound",
        "noobjectspassedto",
        ("errorparsing", ".yaml:"),
        "errorconvertingyamltojson",
    ),
)

#: What kubectl, helm, kustomize and the shell say of a path that is not in the pod.
FILES = (
    any_of(
        "command-failed",
        ("thepath'", "doesnotexist"),
        "cannotreadfile",
        "accumulatingresources",
        "unabletofindoneof'kustomization",
        ("error:open", "nosuchfileordirectory"),
        ("error:stat", "nosuchfileordirectory"),
        ("open", ".yaml:nosuchfileordirectory"),
        ("open", ".yml:nosuchfileordirectory"),
        ("open", ".json:nosuchfileordirectory"),
        ("readingfile", "nosuchfileordirectory"),
        ("failedtoparse", "nosuchfileordirectory"),
        ("sh:", "nosuchfileordirectory"),
        ("cat:", "nosuchfileordirectory"),
        ("error:path'", "notfound"),
        "chart.yamlfileismissing",
        "couldnotfindchart.yaml",
        "cannotaccess'",
        ("can'topen", "nosuchfile"),
    ),
)

#: Texts that many causes share; any other rule is better.
UMBRELLAS = (
    any_of("start-timeout", "didnotstartwithin", "clusterperfissue", "kubernetesperformanceerror"),
    any_of(
        "still-running",
        "isinrunningstate",
        "'nonetype'objecthasnoattribute'provisioning_state'",
        "'provisioningstate':'running'",
        "'provisioning_state':'running'",
        ("provisioningstate:running", "startedat"),
    ),
    any_of(
        "result-lost",
        "unabletofindstatuslinkforpolling",
        "responsefromlongrunningoperationdoesnotcontainabody",
        "failedtofetchcommandresultforcommandid",
        "invalidstatus'notfound'",
        "invalidstatuscode'notfound'",
    ),
    any_of(
        "result-hidden",
        "invalidstatus'ok'",
        "invalidstatuscode'ok'",
        "longrunningoperationfailedwithstatus",
        "long-runningoperationfailedwithstatus",
        "operationfailedorcanceled",
    ),
    any_of(
        "service-error",
        "internalservererror",
        "badgateway",
        "serviceunavailable",
        "gatewaytimeout",
        "gatewaytime-out",
        "internaloperationerror",
        "servertimeout",
        "statuscode:500",
        "statuscode:502",
        "statuscode:503",
        "statuscode:504",
        ("jsondecodeerror", "invalidstatus'"),
    ),
)

#: Texts without a finding of their own that nevertheless tell the stage.
STAGES = (
    any_of("unrecognized", "unrecognizedarguments:", "thefollowingargumentsarerequired", stage="client"),
    any_of("unrecognized", "commandcannotbeempty", "ismisspelledornotrecognized", stage="client"),
    any_of("unrecognized", "invalidstatus'forbidden'", "invalidstatuscode'forbidden'", stage="access"),
    any_of("unrecognized", "failedtoacquiretoken", stage="sign-in"),
    any_of("unrecognized", "notsupportedsetup", "runcommandisnotsupportedwhen", stage="cluster"),
    any_of("unrecognized", "failedtoruncommandinmanagedclusterduetokubernetesfailure", stage="cluster"),
)


# Unproven: no text of a refused run command is public, so the words may stand in any order that makes sense. The
# lookbehind leaves out the setting disableRunCommand, which also stands in every description of a cluster.
_SWITCHED_OFF = Pattern(
    r"(?<!disable)(?:runcommand|commandinvoke)(?!'?-)[^{}.]{0,60}?(?:disabled|not(?:been)?enabled|n'tenabled|issetoff)"
    r"|disabled(?:the)?(?:runcommand|commandinvoke)"
    r"|disableruncommand'?(?:=|:|isset?to|is){1,2}'?true"
    r"|run_?commandenabled'?[:=]{1,2}'?false|run_command_enabled=false"
)


def switched_off(text: Text) -> bool:
    """True when the text says that run command is disabled for the cluster."""
    if not text.any("runcommand", "commandinvoke", "run_command"):
        return False
    return text.any("disable", "enabled") and _SWITCHED_OFF.search(text.low) is not None


def startup(text: Text) -> Rule | None:
    """Where in the cluster the command pod got stuck, or its client was kept from it."""
    no_stream = () if text.any(*_ANSWERS) else (_NO_STREAM,)
    return first((*no_stream, *STARTUP), text)


def stage(text: Text) -> Stage | None:
    """The stage that a text without a finding tells."""
    rule = first(STAGES, text)
    return rule.stage if rule else None
