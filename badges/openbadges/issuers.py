"""What the built-in issuer says of itself and of its badges: profile, DID document, achievement."""

from badges.models import Badge, BadgeProvider, IssuerKey
from badges.models.skills import Skill
from badges.openbadges import addresses, keys, proofs, vc_jwt
from badges.openbadges.contexts import CREDENTIALS, EXTENSIONS, OPEN_BADGES
from badges.openbadges.proofs import Document
from organizations.brands import brand_of

DID = "https://www.w3.org/ns/did/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"
JSON_WEB_KEY = "https://w3id.org/security/jwk/v1"


def profile(provider: BadgeProvider) -> Document:
    """The issuer as every credential names it."""
    document: Document = {"id": addresses.did(provider), "type": ["Profile"], "name": provider.name}
    if provider.website:
        document["url"] = provider.website
    if provider.contact_email:
        document["email"] = provider.contact_email
    return document


def profile_document(provider: BadgeProvider) -> Document:
    """The profile on its own, with the logo of today: what is signed names no picture that may change."""
    document = {"@context": [CREDENTIALS, OPEN_BADGES], **profile(provider)}
    brand = brand_of(provider.organization)
    if brand is not None and brand.logo:
        document["image"] = {"id": brand.logo_address, "type": "Image"}
    return document


def did_document(provider: BadgeProvider) -> Document:
    """The issuer's keys, for who checks its signatures.

    Retired ones are listed among the assertion methods too: verifiers take a proof only if its key stands there on the
    day of the check, so that leaving them out would undo everything they ever signed.
    """
    listed = [_verification_method(key) for key in keys.listed(provider)]
    return {
        "@context": [DID, MULTIKEY, JSON_WEB_KEY],
        "id": addresses.did(provider),
        "verificationMethod": listed,
        "assertionMethod": [method["id"] for method in listed],
    }


def _verification_method(key: IssuerKey) -> Document:
    method: Document = {"id": addresses.verification_method(key), "controller": addresses.did(key.provider)}
    if key.kind == IssuerKey.Kind.ED25519:
        multikey = proofs.multikey(keys.public_ed25519(key))
        return {**method, "type": "Multikey", "publicKeyMultibase": multikey}
    return {**method, "type": "JsonWebKey", "publicKeyJwk": vc_jwt.public_jwk(keys.public_rsa(key))}


def achievement(badge: Badge) -> Document:
    """The badge as every credential of it names it. Description and criteria are asked for: the name stands in."""
    description = badge.description.strip() or badge.name
    document: Document = {
        "id": addresses.achievement(badge),
        "type": ["Achievement"],
        "name": badge.name,
        "description": description,
        "criteria": {"narrative": badge.criteria.strip() or description},
    }
    skills = badge.certified_skills
    if alignment := [_alignment(skill) for skill in skills if skill.url]:
        document["alignment"] = alignment
    if tag := [skill.name for skill in skills if not skill.url]:
        document["tag"] = tag
    if badge.image:
        document["image"] = {"id": addresses.absolute(badge.image.url), "type": "Image", "caption": badge.name}
    return document


def _alignment(skill: Skill) -> Document:
    """A skill with its place in a framework, which the specification asks an address of; one without is a tag."""
    document: Document = {"type": ["Alignment"], "targetName": skill.name, "targetUrl": skill.url}
    if skill.framework:
        document["targetFramework"] = skill.framework
    if skill.code:
        document["targetCode"] = skill.code
    return document


def achievement_document(badge: Badge) -> Document:
    """The badge on its own."""
    return {"@context": [CREDENTIALS, OPEN_BADGES, EXTENSIONS], **achievement(badge)}
