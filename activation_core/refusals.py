"""Every reason for a no, with its stable code.

A refusal is a value, not an exception: each was foreseen, has words, and names the next step. The words
here are plain English for operators, terminals and interfaces; what callers hear stands in the prompt
books under `refused_<code>`, in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reason:
    words: str
    next_step: str
    on_the_telephone: bool = False  # the desk can say it to a caller


REASONS: Mapping[str, Reason] = {
    "mistyped": Reason(
        "Some of the blocks do not match their check digits.",
        "Compare the named blocks with the screen and enter them again.",
    ),
    "malformed": Reason(
        "The blocks are right, but together they are no Installation ID that is known here.",
        "Read the Installation ID from the screen again; if it is the same, update the software.",
        on_the_telephone=True,
    ),
    "not_genuine": Reason(
        "This Installation ID was not made with a product key or license code that was issued.",
        "Check the key or code on the computer and enter the new Installation ID, or ask for a person.",
        on_the_telephone=True,
    ),
    "slow_down": Reason(
        "Several wrong Installation IDs came from here in a short time.",
        "Wait as many seconds as are named, compare the Installation ID with the screen, and ask again.",
    ),
    "throttled": Reason(
        "Too many wrong Installation IDs came from this line today.",
        "Ask a person, or try again tomorrow.",
        on_the_telephone=True,
    ),
    "revoked": Reason(
        "This product key or license code was withdrawn.",
        "Ask a person, with the proof of purchase at hand.",
        on_the_telephone=True,
    ),
    "wrong_epoch": Reason(
        "This Installation ID asks for a signing key that is not in use.",
        "Update the software, then read the new Installation ID.",
        on_the_telephone=True,
    ),
    "in_use": Reason(
        "This product key is in use on another computer.",
        "Use a product key of its own for this computer, or ask a person if the hardware was changed.",
        on_the_telephone=True,
    ),
    "out_of_budget": Reason(
        "This product key or license code was moved to new hardware too often in too short a time.",
        "Ask a person, who can look at the case and decide.",
        on_the_telephone=True,
    ),
    "transfer_needed": Reason(
        "These licenses were added to another computer, or its hardware was changed too much to know it again.",
        "Start the transfer of the licenses on this computer, then call with the new Installation ID.",
        on_the_telephone=True,
    ),
    "transfer_by_telephone": Reason(
        "Licenses are transferred by telephone only.",
        "Call the number that the computer shows for your country or region, and enter this Installation ID.",
    ),
    "not_confirmed": Reason(
        "No confirmation was given for this Installation ID.",
        "Add the licenses with their license code; what is restored was confirmed before.",
    ),
    "no_product_key": Reason(
        "There is no product key on this computer yet.",
        "Enter the product key first; it stands on the license document.",
    ),
    "too_few_components": Reason(
        "This computer shows too little of its hardware to be told from another one.",
        "Start the program with the rights to read the hardware, or outside of the container.",
    ),
    "wrong_code": Reason(
        "This code does not belong to this product.",
        "Enter the product key of this product; license codes are entered when licenses are added.",
    ),
    "no_license_code": Reason(
        "This is no license code of this product.",
        "Enter a license code; it stands on the paper license. Product keys are entered where the server is activated.",
    ),
    "earlier_version": Reason(
        "This license code is for an earlier version; its licenses are not valid for this one.",
        "Buy new or upgrade licenses for this version.",
    ),
    "activate_first": Reason(
        "The server is not activated.",
        "Activate the server first; then licenses can be added, transferred, backed up and restored.",
    ),
    "services_locked": Reason(
        "The time to activate this server is over, so its services are stopped.",
        "Activate it, by Internet or by telephone; that is possible at any time.",
    ),
    "listed_already": Reason(
        "This license code is in the list already.",
        "Enter the next code, or go on.",
    ),
    "installed_already": Reason(
        "The licenses of this code are installed on this computer.",
        "There is nothing to do for it. Enter another code, or go on.",
    ),
    "no_such_box": Reason(
        "There is no Installation ID of this number.",
        "Look at the list and choose one of its numbers.",
    ),
    "no_such_pack": Reason(
        "No licenses with this code are installed on this computer.",
        "Compare the code with the table of license codes.",
    ),
    "belongs_to_another_box": Reason(
        "This Confirmation ID is right, but it belongs to another license code of the list.",
        "Type it into the box that is named, and ask for the one that belongs here.",
    ),
    "other_computer": Reason(
        "These licenses were confirmed for another computer, or for this one before its hardware was changed.",
        "Transfer them by telephone: the Transfer License Wizard shows the Installation IDs and the number.",
    ),
    "given_up": Reason(
        "These licenses have since been transferred to another computer.",
        "To bring them back here, transfer them by telephone.",
    ),
    "nothing_to_back_up": Reason(
        "No licenses were added to this computer; the included ones need no backup.",
        "Add licenses first.",
    ),
    "nothing_to_restore": Reason(
        "There are no licenses of this product in this file.",
        "Choose the backup of this product. Without one, add the licenses again as a reissue.",
    ),
    "no_such_file": Reason(
        "There is no such file.",
        "Look for the backup where it was saved. Without one, add the licenses again as a reissue.",
    ),
    "file_exists": Reason(
        "There is a file of this name already.",
        "Choose another name, or have it replaced.",
    ),
    "reactivate_by_telephone": Reason(
        "The hardware has changed so much that this looks like another computer.",
        "Activate it again by telephone: call the number and enter the Installation ID.",
    ),
    "key_in_force": Reason(
        "This server is activated with another product key.",
        "Keep it, or say that it shall be replaced; then the server has to be activated anew.",
    ),
    "no_such_folder": Reason(
        "There is no such folder.",
        "Choose a folder that is there, or make it first.",
    ),
    "internet_interrupted": Reason(
        "The connection to the Internet was interrupted.",
        "Check the connection of this computer, then try again. If it fails again, activate by telephone.",
    ),
    "clearinghouse_unreachable": Reason(
        "The clearinghouse cannot be reached at the moment.",
        "Try again in a few minutes. If it fails again, activate by telephone.",
    ),
    "not_the_answer": Reason(
        "This Confirmation ID does not belong to the Installation ID on this screen.",
        "Compare both IDs with your notes; if they agree, call again and have it read once more.",
    ),
    "no_public_key": Reason(
        "This computer has no public key to check Confirmation IDs with.",
        "Update the software.",
    ),
    "not_allowed": Reason(
        "Your role on this computer does not allow this.",
        "Ask an administrator to do it, or to give you a role that may.",
    ),
    "no_licence_free": Reason(
        "All client access licenses are in use.",
        "Wait until a client has disconnected or free a license, or add licenses.",
    ),
    "temporary_licence_over": Reason(
        "The temporary license of this device or user is over, and nobody logged on with it.",
        "Ask an administrator to release the device or user; then it may begin anew.",
    ),
    "group_is_full": Reason(
        "All licenses of this group are in use by other devices.",
        "Use a device that is licensed already, or ask an administrator to give the group more licenses.",
    ),
    "group_too_small": Reason(
        "More devices of this group are licensed than the group would have licenses.",
        "Release some of its devices first, or leave the group as many licenses as it has devices.",
    ),
    "in_another_group": Reason(
        "Some of these users are in another group already.",
        "Take them out of the other group first; a user is in one group.",
    ),
    "no_such_group": Reason(
        "There is no group of this name.",
        "Compare the name with the list of groups.",
    ),
    "no_such_connection": Reason(
        "There is no such connection; it may have been closed already.",
        "Connect again.",
    ),
    "not_licensed": Reason(
        "This device or user has no license.",
        "Compare the name with the list of licensed devices and users.",
    ),
    "mode_is_final": Reason(
        "The licensing mode is per device or user already; it is changed once only.",
        "Nothing is left to do.",
    ),
    "mode_never_goes_back": Reason(
        "Per device or user never becomes per server again: the agreement allows the change once, in one direction.",
        "Stay with per device or user.",
    ),
    "mode_is_per_server": Reason(
        "This server is licensed per server, so its licenses are its own.",
        "Change the licensing mode to per device or user first, if the site is to share them.",
    ),
    "text_no_mobile": Reason(
        "The caller's telephone takes no text messages.",
        "Write the Confirmation ID down as it is read, or get it from the web form.",
    ),
    "text_opted_out": Reason(
        "The caller's telephone has opted out of text messages from this sender.",
        "Send START from that telephone, then ask again; or write the Confirmation ID down as it is read.",
    ),
    "text_region": Reason(
        "No text message can be sent to the caller's country or region.",
        "Write the Confirmation ID down as it is read, or get it from the web form.",
    ),
    "text_too_long": Reason(
        "The text message would be too long.",
        "Shorten the words of the message; the caller hears the Confirmation ID read out.",
    ),
    "text_not_delivered": Reason(
        "The text message could not be delivered to the caller's telephone.",
        "Write the Confirmation ID down as it is read, or get it from the web form.",
    ),
    "text_down": Reason(
        "The message service does not answer, or refuses the sender.",
        "Look for the error code in the log; the caller hears the Confirmation ID read out.",
    ),
    "not_in_the_pool": Reason(
        "There are no such licenses in the pool.",
        "Compare the name with the list of what was added to the pool.",
    ),
}


@dataclass(frozen=True)
class Refusal:
    """A reasoned no. `details` name places or numbers for a program; they never hold a secret."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in REASONS:
            raise ValueError(f"no such refusal: {self.code!r}")

    @property
    def words(self) -> str:
        return REASONS[self.code].words

    @property
    def next_step(self) -> str:
        return REASONS[self.code].next_step
