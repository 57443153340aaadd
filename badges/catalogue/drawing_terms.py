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
# Without these the picture stays as it is: they act, tell, or move what is there.
LEFT_OUT = frozenset(
    """
    animate animateColor animateMotion animateTransform cursor discard metadata mpath script set view
    """.split()  # noqa: SIM905
)

GEOMETRY = frozenset(
    """
    amplitude azimuth baseFrequency bias clipPathUnits cx cy d diffuseConstant divisor dx dy edgeMode elevation exponent
    filterUnits fr fx fy gradientTransform gradientUnits height id in in2 intercept k1 k2 k3 k4 kernelMatrix
    kernelUnitLength lengthAdjust limitingConeAngle markerHeight markerUnits markerWidth maskContentUnits maskUnits
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
# Declarations that draw and that no attribute can say: a drawing with one of them would be another one without it.
ONLY_AS_STYLE = frozenset(
    """
    all backdrop-filter background background-color background-image border box-shadow content cx cy d font
    height inline-size isolation line-clamp mask-border mask-image mix-blend-mode offset-path outline r rotate rx
    ry scale shape-inside shape-subtract text-shadow text-transform transform-box translate width x y zoom
    """.split()  # noqa: SIM905
)
# What these declarations say where they say nothing.
SAYS_NOTHING = frozenset({"", "auto", "inherit", "initial", "none", "normal", "unset"})
# Under which a part of a drawing is drawn for some readers and not for others.
CONDITIONS = frozenset({"requiredExtensions", "systemLanguage"})
