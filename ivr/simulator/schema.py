"""What may stand in a TwiML document: elements, what they may hold, and their attributes. Not what values mean.

No schema of TwiML is public; these tables are what Twilio's own library for Python can write. A test
compares them with its classes, so that what is new there fails here.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

from ivr.simulator.carrier_errors import Problem

__all__ = ["ATTRIBUTES", "CHILDREN", "NOT_PLAYED_YET", "own_text", "schema_problems"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_PLAYED_YET = _names("Connect Echo Pay Prompt Queue Refer Start Stop")

ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "Response": frozenset(),
    "AiSession": _names("aiConnector aiSessionConfiguration"),
    "Application": _names("copyParentTo customerId method statusCallback statusCallbackEvent statusCallbackMethod url"),
    "ApplicationSid": frozenset(),
    "Autopilot": frozenset(),
    "Client": _names("method statusCallback statusCallbackEvent statusCallbackMethod url"),
    "Conference": _names(
        "beep coach endConferenceOnExit eventCallbackUrl jitterBufferSize maxParticipants muted participantLabel "
        "record recordingConfigurationId recordingStatusCallback recordingStatusCallbackEvent "
        "recordingStatusCallbackMethod region startConferenceOnEnter statusCallback statusCallbackEvent "
        "statusCallbackMethod trim waitMethod waitUrl"
    ),
    "Config": _names("name value"),
    "Connect": _names("action method"),
    "Conversation": _names(
        "inboundAutocreation inboundTimeout method record recordingStatusCallback recordingStatusCallbackEvent "
        "recordingStatusCallbackMethod routingAssignmentTimeout serviceInstanceSid statusCallback "
        "statusCallbackEvent statusCallbackMethod trim url"
    ),
    "ConversationRelay": _names(
        "applicationReconnect asrSmartFormat backgroundNoiseReduction customerName debug deepgramSmartFormat "
        "dtmfDetection eagerEotThreshold echoPromptFiltering elevenlabsLanguageTextNormalization "
        "elevenlabsTextNormalization events hints ignoreBackchannel includeInPrompt intelligenceService "
        "interruptSensitivity interruptible language partialPromptOnHangup partialPrompts preemptible "
        "profanityFilter reportInputDuringAgentSpeech speechModel speechTimeout transcriptionLanguage "
        "transcriptionProvider ttsLanguage ttsLanguageTextNormalization ttsProvider ttsTextNormalization "
        "turnDetection url voice welcomeGreeting welcomeGreetingInterruptible"
    ),
    "ConversationRelaySession": _names("connector sessionConfiguration"),
    "Dial": _names(
        "action answerOnBridge callerId events hangupOnStar method passports record recordingConfigurationId "
        "recordingStatusCallback recordingStatusCallbackEvent recordingStatusCallbackMethod recordingTrack "
        "referMethod referUrl ringTone sequential timeLimit timeout trim"
    ),
    "Echo": frozenset(),
    "Enqueue": _names("action maxQueueSize method waitUrl waitUrlMethod workflowSid"),
    "Gather": _names(
        "action actionOnEmptyResult bargeIn debug enhanced finishOnKey hints input language maxSpeechTime method "
        "numDigits partialResultCallback partialResultCallbackMethod profanityFilter speechModel speechTimeout "
        "timeout"
    ),
    "Hangup": frozenset(),
    "Header": _names("name value"),
    "Headers": frozenset(),
    "Identity": frozenset(),
    "Language": _names(
        "asrSmartFormat code hints speechModel transcriptionProvider ttsLanguageTextNormalization ttsProvider "
        "ttsTextNormalization voice"
    ),
    "Leave": frozenset(),
    "Number": _names(
        "amdStatusCallback amdStatusCallbackMethod byoc machineDetection machineDetectionSilenceTimeout "
        "machineDetectionSpeechEndThreshold machineDetectionSpeechThreshold machineDetectionTimeout method "
        "sendDigits statusCallback statusCallbackEvent statusCallbackMethod url"
    ),
    "Parameter": _names("name value"),
    "Pause": _names("length"),
    "Pay": _names(
        "action bankAccountType chargeAmount currency description input language maxAttempts minPostalCodeLength "
        "paymentConnector paymentMethod postalCode securityCode statusCallback statusCallbackMethod timeout "
        "tokenType validCardTypes"
    ),
    "Play": _names("digits loop"),
    "Prompt": _names("attempt cardType errorType for requireMatchingInputs"),
    "Queue": _names("method postWorkActivitySid reservationSid url"),
    "Record": _names(
        "action finishOnKey maxLength method playBeep recordingConfigurationId recordingStatusCallback "
        "recordingStatusCallbackEvent recordingStatusCallbackMethod timeout transcribe transcribeCallback trim"
    ),
    "Recording": _names(
        "channels recordingConfigurationId recordingStatusCallback recordingStatusCallbackEvent "
        "recordingStatusCallbackMethod track trim"
    ),
    "Redirect": _names("method"),
    "Refer": _names("action method"),
    "Reject": _names("reason"),
    "Room": _names("participantIdentity"),
    "Say": _names("language loop voice"),
    "Sim": frozenset(),
    "Sip": _names(
        "amdStatusCallback amdStatusCallbackMethod machineDetection machineDetectionSilenceTimeout "
        "machineDetectionSpeechEndThreshold machineDetectionSpeechThreshold machineDetectionTimeout method "
        "password statusCallback statusCallbackEvent statusCallbackMethod url username"
    ),
    "Siprec": _names("connectorName name statusCallback statusCallbackMethod track"),
    "Sms": _names("action from method statusCallback to"),
    "Start": _names("action method"),
    "Stop": frozenset(),
    "Stream": _names("audioFormat connectorName name sampleRate statusCallback statusCallbackMethod track url"),
    "Task": _names("priority timeout"),
    "Transcription": _names(
        "enableAutomaticPunctuation hints inboundTrackLabel intelligenceService languageCode name "
        "outboundTrackLabel partialResults profanityFilter speechModel statusCallbackMethod statusCallbackUrl "
        "track transcriptionEngine"
    ),
    "Uri": _names("password priority username weight"),
    "VirtualAgent": _names("connectorName language sentimentAnalysis statusCallback statusCallbackMethod"),
    "WhatsApp": _names("method statusCallback statusCallbackEvent statusCallbackMethod url"),
    "break": _names("strength time"),
    "emphasis": _names("level"),
    "lang": _names("{http://www.w3.org/XML/1998/namespace}lang"),
    "p": frozenset(),
    "phoneme": _names("alphabet ph"),
    "prosody": _names("pitch rate volume"),
    "s": frozenset(),
    "say-as": _names("format interpret-as"),
    "sub": _names("alias"),
    "w": _names("role"),
}
CHILDREN: Mapping[str, frozenset[str]] = {
    "Application": _names("ApplicationSid Parameter"),
    "Client": _names("Identity Parameter"),
    "Connect": _names(
        "AiSession Autopilot Conversation ConversationRelay ConversationRelaySession Room Stream VirtualAgent"
    ),
    "ConversationRelay": _names("Language Parameter"),
    "Dial": _names("Application Client Conference Number Queue Sim Sip WhatsApp"),
    "Enqueue": _names("Task"),
    "Gather": _names("Pause Play Say"),
    "Hangup": _names("Parameter"),
    "Headers": _names("Header"),
    "Pay": _names("Parameter Prompt"),
    "Prompt": _names("Pause Play Say"),
    "Refer": _names("Sip"),
    "Reject": _names("Parameter"),
    "Response": _names(
        "Connect Dial Echo Enqueue Gather Hangup Leave Pause Pay Play Prompt Queue Record Redirect Refer Reject "
        "Say Sms Start Stop"
    ),
    "Say": _names("break emphasis lang p phoneme prosody s say-as sub w"),
    "Sip": _names("Headers Uri"),
    "Siprec": _names("Parameter"),
    "Start": _names("Recording Siprec Stream Transcription"),
    "Stop": _names("Siprec Stream Transcription"),
    "Stream": _names("Parameter"),
    "Transcription": _names("Config Parameter"),
    "VirtualAgent": _names("Config Parameter"),
    "emphasis": _names("break emphasis lang phoneme prosody say-as sub w"),
    "lang": _names("break emphasis lang p phoneme prosody s say-as sub w"),
    "p": _names("break emphasis lang phoneme prosody s say-as sub w"),
    "prosody": _names("break emphasis lang p phoneme prosody s say-as sub w"),
    "s": _names("break emphasis lang phoneme prosody say-as sub w"),
    "w": _names("break emphasis phoneme prosody say-as sub"),
}
_WITH_CODES_OF_THEIR_OWN = _names("Gather Dial")  # the readers of these tell of what cannot stand in them
_TEXTLESS = _names("Response Gather")
_ELSEWHERE = {"Message": "; it belongs into the answer to a message"}


def schema_problems(element: ET.Element) -> Iterator[Problem]:
    """Warnings 12200 about this element and all in it: the call goes on without what is unknown."""
    yield from _unknown_attributes(element)
    if element.tag in _TEXTLESS and own_text(element):
        yield Problem(12200, f"text outside a verb in {element.tag}: {own_text(element)[:40]}")
    allowed = CHILDREN.get(element.tag, frozenset())
    for child in element:
        if child.tag not in allowed and element.tag not in _WITH_CODES_OF_THEIR_OWN:
            yield Problem(12200, f"{element.tag} takes no {child.tag}{_hint(child.tag, allowed)}")
        elif child.tag in ATTRIBUTES:
            yield from schema_problems(child)


def own_text(element: ET.Element) -> str:
    """The words that stand in the element itself, in one line."""
    return " ".join(" ".join([element.text or "", *(child.tail or "" for child in element)]).split())


def _unknown_attributes(element: ET.Element) -> Iterator[Problem]:
    known = ATTRIBUTES[element.tag]
    for name in element.attrib:
        if name not in known:
            yield Problem(12200, f"{element.tag} has no attribute {name}{_hint(name, known)}")


def _hint(name: str, known: frozenset[str]) -> str:
    meant = next((other for other in sorted(known) if other.lower() == name.lower()), None)
    return f"; did you mean {meant}?" if meant else _ELSEWHERE.get(name, "")
