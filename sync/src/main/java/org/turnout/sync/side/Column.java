package org.turnout.sync.side;

/**
 * One column that is moved; generated columns are not, their side computes them.
 *
 * @param type the type as {@code format_type} prints it, modifiers included
 * @param equality the operator that the type's indexes take for equality, with its schema; plain
 *     {@code =} for a type that has none
 * @param identityAlways whether an INSERT needs {@code OVERRIDING SYSTEM VALUE}
 * @param binarySafe whether the binary form means the same on every server: false where it holds
 *     OIDs of types that each server numbers itself (arrays and rows of user-defined types), and
 *     where the type has no binary form
 */
public record Column(
    String name, String type, String equality, boolean identityAlways, boolean binarySafe) {}
