"""The elements, attributes and declarations of SVG that a badge's drawing may hold: they draw, and do nothing else."""

SHAPES = frozenset({"circle", "ellipse", "image", "line", "path", "polygon", "polyline", "rect", "text", "use"})
_FILTERS = frozenset(
    """
    feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
    feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology
    feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence filter
    """.split()  # noqa: SIM905 - lists of words read better than lists of strings
)
GROUPS = _FILTERS | frozenset(
    """
    clipPath defs desc g linearGradient marker mask pattern radialGradient stop svg switch symbol textPath title tspan
    """.split()  # noqa: SIM905
)
# Without these the picture stays as it is: they act or tell, no browser knows them, or (a style sheet) they are empty.
LEFT_OUT = frozenset({"color-profile", "cursor", "metadata", "mpath", "script", "style", "view"})
# What starts automatically changes the picture, even of a drawing in a page; nothing else starts there.
MOVING = frozenset({"animate", "animateColor", "animateMotion", "animateTransform", "discard", "set"})

GEOMETRY = frozenset(
    """
    amplitude azimuth baseFrequency bias clipPathUnits cx cy d diffuseConstant divisor dx dy edgeMode elevation exponent
    filterUnits fr fx fy gradientTransform gradientUnits height id in in2 intercept k1 k2 k3 k4 kernelMatrix
    kernelUnitLength lang lengthAdjust limitingConeAngle markerHeight markerUnits markerWidth maskContentUnits maskUnits
    method mode numOctaves offset operator order orient pathLength patternContentUnits patternTransform patternUnits
    points pointsAtX pointsAtY pointsAtZ preserveAlpha preserveAspectRatio primitiveUnits r radius refX refY result
    rotate rx ry scale seed side slope spacing specularConstant specularExponent spreadMethod startOffset stdDeviation
    stitchTiles surfaceScale tableValues targetX targetY textLength transform type values viewBox width x x1 x2
    xChannelSelector y y1 y2 yChannelSelector z
    """.split()  # noqa: SIM905
)
# A value of one of these may lead to a part of the drawing.
LOOKS = frozenset(
    """
    alignment-baseline baseline-shift clip-path clip-rule color color-interpolation color-interpolation-filters
    direction display dominant-baseline fill fill-opacity fill-rule filter flood-color flood-opacity font-family
    font-size font-size-adjust font-stretch font-style font-variant font-weight image-rendering letter-spacing
    lighting-color marker-end marker-mid marker-start mask mask-type opacity overflow paint-order shape-rendering
    stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-rendering transform-origin
    unicode-bidi vector-effect visibility word-spacing writing-mode
    """.split()  # noqa: SIM905
)
# Declarations that a kept attribute says as well.
SHORTHANDS = {"font-variant-caps": "font-variant", "text-decoration-line": "text-decoration"}
# Attributes that tell of a drawing, or that browsers no longer know: none of them draws.
TELLING = frozenset(
    """
    alt baseProfile class contentScriptType contentStyleType crossorigin decoding download externalResourcesRequired
    fetchpriority filterRes focusable hreflang loading name p-id ping referrerpolicy rel requiredFeatures role
    spm-anchor-id t tabindex target title version viewTarget zoomAndPan
    """.split()  # noqa: SIM905
)
# Properties that draw nothing here, whatever they say: they need a pointer, boxes, or what is refused anyway.
DRAWING_NOTHING = frozenset(
    """
    animation animation-delay animation-direction animation-duration animation-fill-mode animation-iteration-count
    animation-name animation-play-state animation-timing-function buffered-rendering color-rendering cursor
    enable-background hyphens isolation line-break line-height -moz-osx-font-smoothing -moz-user-select -ms-user-select
    orphans overflow-wrap pointer-events shape-image-threshold shape-margin shape-padding solid-color solid-opacity
    text-align text-align-last text-indent text-justify touch-action transition transition-delay transition-duration
    transition-property transition-timing-function user-select -webkit-font-smoothing -webkit-tap-highlight-color
    -webkit-text-size-adjust -webkit-user-select widows will-change word-break word-wrap
    """.split()  # noqa: SIM905
)
_SAYING_NOTHING = """
    backdrop-filter none
    background none transparent
    background-color transparent
    background-image none
    block-progression tb
    border none 0
    box-shadow none
    clip auto
    color-profile auto srgb
    content normal none
    font-feature-settings normal
    font-kerning auto
    font-language-override normal
    font-optical-sizing auto
    font-palette normal
    font-variant-alternates normal
    font-variant-caps normal
    font-variant-east-asian normal
    font-variant-emoji normal
    font-variant-ligatures normal
    font-variant-numeric normal
    font-variant-position normal
    font-variation-settings normal
    glyph-orientation-horizontal auto 0 0deg
    glyph-orientation-vertical auto
    inline-size auto 0
    kerning auto
    line-clamp none
    marker none
    mask-border none
    mask-image none
    mix-blend-mode normal
    offset-path none auto
    outline none 0
    rotate none
    scale none
    shape-inside none auto
    shape-subtract none
    stroke-alignment center
    tab-size 8
    text-decoration-color currentcolor
    text-decoration-line none
    text-decoration-skip-ink auto
    text-decoration-style solid
    text-decoration-thickness auto
    text-emphasis none
    text-orientation mixed
    text-overflow clip
    text-shadow none
    text-transform none
    text-underline-offset auto
    text-underline-position auto
    transform-box view-box
    translate none
    zoom 1 normal
"""
# The values with which a property that is not kept says what is so without it.
SAYING_NOTHING = {name: frozenset(values) for name, *values in map(str.split, _SAYING_NOTHING.strip().splitlines())}
# As no other value of those properties is let in anywhere, these say nothing either.
OF_EVERY_PROPERTY = frozenset({"inherit", "initial", "revert", "unset"})
# How large a drawing is shown, and where, is the page's business: declarations of the outermost element.
ROOMS = frozenset(
    """
    aspect-ratio flex-shrink float height margin margin-bottom margin-left margin-right margin-top max-height max-width
    min-height min-width position vertical-align width
    """.split()  # noqa: SIM905
)
# Under which a part of a drawing is drawn for some readers and not for others.
CONDITIONS = frozenset({"requiredExtensions", "systemLanguage"})
