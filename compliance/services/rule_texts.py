"""The words of policies.yaml and enforcement.yaml for the catalogues.

A decision stores the version it rested on, in English. Whoever reads it reads each text in their own language
as long as the catalogue knows it, and else the stored words.
"""

from django.utils.translation import gettext_noop

RULES = (
    gettext_noop("Safety of minors"),
    gettext_noop(
        "Nothing in chat may sexualise, groom, threaten or endanger a minor, or ask a child to keep "
        "secrets or to talk elsewhere."
    ),
    gettext_noop("Allusion to sexual abuse material, grooming, sextortion, abuse of minors."),
    gettext_noop(
        "Talk with children only about the order, never in private, and tell us if somebody does otherwise."
    ),
    gettext_noop("Harmful files and software"),
    gettext_noop(
        "Do not send files, apps, extensions or remote-access requests that could harm or take over "
        "somebody's device."
    ),
    gettext_noop("Malicious files, links, software and remote access."),
    gettext_noop(
        "Manuals and software belong in the product listing. Never ask a customer to install something "
        "from a chat."
    ),
    gettext_noop("Fraud and deception"),
    gettext_noop(
        "Do not deceive anybody for gain. Phishing, false refunds, advance fees and posing as the "
        "platform are forbidden."
    ),
    gettext_noop("Scams, phishing, advance fees, posing as the platform, deception for gain."),
    gettext_noop(
        "Refunds, payments and account checks run only through the platform, never by a code, card or "
        "link in chat."
    ),
    gettext_noop("Prohibited products"),
    gettext_noop(
        "Do not offer goods that may not be sold here, such as drugs, prescription medicine, weapons, "
        "protected animals, nicotine or forged papers."
    ),
    gettext_noop("Promoting illegal or prohibited goods."),
    gettext_noop("What may not be listed may not be offered in chat either."),
    gettext_noop("Counterfeits and piracy"),
    gettext_noop("Do not offer fakes, replicas, or pirated or unlicensed copies."),
    gettext_noop("Counterfeits, replicas, piracy and infringement."),
    gettext_noop("Sell only what the brand's owner made or allowed."),
    gettext_noop("Harassment and threats"),
    gettext_noop(
        "Treat everybody with respect. Insults, threats, stalking and demeaning people for what they "
        "are are forbidden."
    ),
    gettext_noop("Insults, threats, bullying, slander, stalking; hate is a graver form."),
    gettext_noop(
        "Leave a heated chat for a moment, answer the matter, and hand it to support if it stays heated."
    ),
    gettext_noop("Sexual content"),
    gettext_noop("Do not send or offer sexual content, and do not make advances."),
    gettext_noop("Pornography, sexual behaviour, nudity, advances."),
    gettext_noop("Keep chat about the product and the order."),
    gettext_noop("Gambling"),
    gettext_noop("Do not invite customers to bet, to play for money or to buy lots."),
    gettext_noop("Gambling or inducing it."),
    gettext_noop("Free gifts through the platform's own promotions are fine; paid chances are not."),
    gettext_noop("Customers' personal data"),
    gettext_noop("Use a customer's data only for their order, and never show it to anybody else."),
    gettext_noop("Disclosing or misusing customers' personal data."),
    gettext_noop("Names, addresses, numbers and orders of other customers have no place in a chat."),
    gettext_noop("Moving a sale off the platform"),
    gettext_noop(
        "Purchases, payments and discounts stay on the platform. Do not invite customers to buy or pay "
        "anywhere else."
    ),
    gettext_noop("Moving a purchase, payment or promotion off the platform."),
    gettext_noop(
        "Offer discounts with the platform's own vouchers; sales made elsewhere have no protection for "
        "either side."
    ),
    gettext_noop("Extra payments"),
    gettext_noop(
        "Do not ask for money on top of the order, whether for shipping, returns, restocking, customs, "
        "warranty or tips."
    ),
    gettext_noop("Any extra fee or price increase on top of the order."),
    gettext_noop("All costs belong in the listed price, before the order is placed."),
    gettext_noop("Asking for personal data"),
    gettext_noop(
        "Do not ask for phone numbers, mail addresses, cards, codes, passwords or documents that the "
        "order does not need."
    ),
    gettext_noop("Asking for data that the order does not need."),
    gettext_noop(
        "The order page already shows all you need. Ask here for order number, size, engraving or "
        "photos of the damage."
    ),
    gettext_noop("Influencing reviews"),
    gettext_noop("Do not ask for good reviews, offer anything for them, or press a customer to change one."),
    gettext_noop("Asking for, rewarding, or pressing about reviews."),
    gettext_noop(
        "The platform invites every buyer to review. Thank for a review, solve the problem, and leave "
        "the stars to the customer."
    ),
    gettext_noop("Contact outside the chat"),
    gettext_noop(
        "Do not share or point to contact outside this chat, such as phone, mail, links, messengers, QR"
        " codes, accounts or a shop address."
    ),
    gettext_noop("Links, phone, e-mail, messenger, QR code, bank or wallet account, shop address."),
    gettext_noop(
        "Send files and answers here; the customer keeps one place where everything can be found again."
    ),
    gettext_noop("Misleading offers"),
    gettext_noop(
        "Say about product, price, warranty and service only what is true and shown on the listing, and"
        " keep the terms of the order."
    ),
    gettext_noop("False claims about product, price or warranty; worse terms after the order."),
    gettext_noop("If the listing is wrong, correct it and tell the customer before they order."),
    gettext_noop("Asking the customer to cancel"),
    gettext_noop(
        "Do not ask a customer to cancel. If you cannot deliver, cancel the order yourself with the "
        "true reason."
    ),
    gettext_noop("Asking the customer to cancel an order."),
    gettext_noop(
        "Explaining how to cancel to a customer who asked is fine; asking them to do it for you is not."
    ),
    gettext_noop("Spam"),
    gettext_noop("Do not send advertising that nobody asked for, or the same message again and again."),
    gettext_noop("Unsolicited marketing, repetition, text messages without consent."),
    gettext_noop("Answer what the customer asked. Advertise with the platform's own campaigns."),
    gettext_noop("Low response rate"),
    gettext_noop(
        "Answer customers' messages within 24 hours; the weekly response rate must reach the floor of "
        "your rule pack."
    ),
    gettext_noop("Weekly response rate below the floor of the rule pack."),
    gettext_noop("Set operating hours and hand chats over before a break."),
)
MILESTONES = (
    gettext_noop("Campaigns close"),
    gettext_noop("for 30 days"),
    gettext_noop("Affiliate off, replies only"),
    gettext_noop("No new orders"),
    gettext_noop("for 7 days"),
    gettext_noop("Shop closes"),
    gettext_noop("two people confirm, 30 days’ notice"),
)
