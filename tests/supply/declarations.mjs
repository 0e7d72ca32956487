// Reads declarations with TypeScript.

import ts from 'typescript';

/**
 * @typedef {ts.Symbol} Symbol
 * @typedef {ts.Type} Type
 *
 * @typedef {[name: string, symbol: Symbol]} Exported
 */

/** @type {ts.CompilerOptions} */
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  allowJs: true,
  noEmit: true,
};
// The platform's declarations are long and shared by all files, so they are cached.
const host = ts.createCompilerHost(OPTIONS);
const parse = host.getSourceFile;
/** @type {Map<string, ts.SourceFile | undefined>} */
const parsed = new Map();
host.getSourceFile = (name, ...options) => {
  if (!parsed.has(name)) parsed.set(name, parse(name, ...options));
  return parsed.get(name);
};
const { NoTruncation, UseSingleQuotesForStringLiteralType, InTypeAlias } = ts.TypeFormatFlags;
const FORMAT = NoTruncation | UseSingleQuotesForStringLiteralType;

/**
 * The exports of a file, which may be declarations or a script.
 *
 * @param {string} file
 * @returns {{ values: string[], membersOf(name: string): string[], lines(): string[] }} the names of values, those of the
 *   members of an interface, and all declarations as lines of a report
 */
export function exportsOf(file) {
  const program = ts.createProgram([file], OPTIONS, host);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  if (!source) throw new Error(`${file} is missing`);
  const module = checker.getSymbolAtLocation(source);
  // A file without a symbol is a script, and exports nothing.
  const symbols = module ? checker.getExportsOfModule(module) : [];
  const exported = new Map(symbols.map((symbol) => [symbol.name, withoutAlias(symbol)]));
  const types = symbols.filter(isTypeOnly).map(({ name }) => name);
  /** @param {Exported} entry */
  const isValue = ([name, symbol]) => (symbol.flags & ts.SymbolFlags.Value) !== 0 && !types.includes(name);

  return {
    values: [...exported].filter(isValue).map(([name]) => name).sort(),
    membersOf(name) {
      const symbol = exported.get(name);
      if (!symbol) throw new Error(`${name} is not exported`);
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      const types = type.isUnion() ? type.types : [type];
      return [...new Set(types.flatMap((type) => checker.getPropertiesOfType(type).map((member) => member.name)))].sort();
    },
    lines: () => [...exported].sort(byName).flatMap(([name, symbol]) => [...linesOf(name, symbol), '']),
  };

  /** @param {Symbol} symbol */
  function withoutAlias(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  /** @param {string} exportedName @param {Symbol} symbol @returns {string[]} */
  function linesOf(exportedName, symbol) {
    const name = `${exportedName}${typeParameters(symbol)}`;
    if (symbol.flags & ts.SymbolFlags.Class) return linesOfClass(name, symbol);
    if (symbol.flags & ts.SymbolFlags.Namespace) return linesOfNamespace(name, symbol);
    if (symbol.flags & ts.SymbolFlags.Variable) return member(`const ${name}`, checker.getTypeOfSymbol(symbol));
    if (symbol.flags & ts.SymbolFlags.Value) return member(`function ${exportedName}`, checker.getTypeOfSymbol(symbol));
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    if (symbol.flags & ts.SymbolFlags.Interface) {
      return [`interface ${name}${heritageClauses(symbol)} {`, ...members(type, isOurs).map(indented), '}'];
    }
    const choices = (type.isUnion() ? type.types : [type]).map(shape);
    choices.sort((one, other) => byName([one.join()], [other.join()]));
    return [`type ${name} =`, ...choices.flatMap(([first, ...rest]) => [`| ${first}`, ...rest]).map(indented)];
  }

  /** @param {string} name @param {Symbol} symbol */
  function linesOfClass(name, symbol) {
    const constructor = checker.getTypeOfSymbol(symbol);
    const statics = members(constructor, isOurs).filter((line) => !line.includes('prototype:'));
    const instance = members(checker.getDeclaredTypeOfSymbol(symbol), isOurs);
    const lines = [...constructors(constructor), ...statics.map((line) => `static ${line}`), ...instance];
    return [`class ${name}${heritageClauses(symbol)} {`, ...lines.map(indented), '}'];
  }

  /**
   * The declared constructors. A class without one has the constructor of its base class.
   *
   * @param {Type} type
   */
  function constructors(type) {
    const ownSignatures = checker
      .getSignaturesOfType(type, ts.SignatureKind.Construct)
      .filter(({ declaration }) => declaration && areOurs([declaration]));
    return ownSignatures.map((signature) => {
      const { declaration } = signature;
      const isPrivate = declaration && ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private;
      return `${isPrivate ? 'private ' : ''}constructor${checker.signatureToString(signature, undefined, FORMAT)}`;
    });
  }

  /** @param {string} name @param {Symbol} symbol */
  function linesOfNamespace(name, symbol) {
    const entries = checker.getExportsOfModule(symbol).map((entry) => /** @type {Exported} */ ([entry.name, withoutAlias(entry)]));
    const lines = entries.sort(byName).flatMap((entry) => linesOf(...entry));
    return [`namespace ${name} {`, ...lines.map(indented), '}'];
  }

  /**
   * The type parameters, as written in the source.
   *
   * @param {Symbol} symbol
   */
  function typeParameters({ declarations: [declaration] = [] }) {
    const generic = /** @type {ts.DeclarationWithTypeParameterChildren | undefined} */ (declaration);
    const parameters = (generic?.typeParameters ?? []).map((parameter) => parameter.getText());
    return parameters.length > 0 ? `<${parameters.join(', ')}>` : '';
  }

  /**
   * The `extends` and `implements` clauses, as written in the source.
   *
   * @param {Symbol} symbol
   */
  function heritageClauses({ declarations = [] }) {
    const clauses = declarations.flatMap((declaration) =>
      ts.isClassLike(declaration) || ts.isInterfaceDeclaration(declaration) ? (declaration.heritageClauses ?? []) : [],
    );
    return clauses.map((clause) => ` ${clause.getText().replace(/\s+/g, ' ')}`).join('');
  }

  /**
   * Whether a symbol comes from our declarations rather than from the platform's.
   *
   * @param {Symbol} symbol
   */
  function isOurs(symbol) {
    return areOurs(symbol.declarations ?? []);
  }

  /** @param {ts.Node[]} declarations */
  function areOurs(declarations) {
    const files = declarations.map((declaration) => declaration.getSourceFile());
    return files.length === 0 || files.some((file) => !program.isSourceFileDefaultLibrary(file));
  }

  /** @param {Type} type @param {(member: Symbol) => boolean} isWanted @returns {string[]} */
  function members(type, isWanted = () => true) {
    const properties = checker.getPropertiesOfType(type).filter(isWanted);
    properties.sort((one, other) => byName([one.name], [other.name]));
    const indexed = checker.getIndexInfosOfType(type).map(
      (info) => `${info.isReadonly ? 'readonly ' : ''}[${typeText(info.keyType)}]: ${typeText(info.type)}`,
    );
    return [...properties.flatMap(property), ...indexed];
  }

  /** @param {Symbol} symbol */
  function property(symbol) {
    const declaration = symbol.declarations?.[0];
    const isReadonly = declaration && ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly;
    const optional = symbol.flags & ts.SymbolFlags.Optional ? '?' : '';
    return member(`${isReadonly ? 'readonly ' : ''}${symbol.name}${optional}`, checker.getTypeOfSymbol(symbol));
  }

  /**
   * A line for each call signature, or one line with the type.
   *
   * @param {string} name
   * @param {Type} type
   */
  function member(name, type) {
    const calls = checker.getSignaturesOfType(type, ts.SignatureKind.Call);
    if (calls.length === 0) return [`${name}: ${typeText(type)}`];
    return calls.map((call) => `${name}${checker.signatureToString(call, undefined, FORMAT)}`);
  }

  /**
   * The type behind an alias. An object type is written as its members, including those of all intersected types.
   *
   * @param {Type} type
   */
  function shape(type) {
    if (isLiteral(type)) return ['{', ...members(type).map(indented), '}'];
    return [checker.typeToString(type, undefined, FORMAT | InTypeAlias)];
  }

  /**
   * Whether a type is an object type without a name.
   *
   * @param {Type} type
   */
  function isLiteral(type) {
    const parts = type.isIntersection() ? type.types : [type];
    const isObject = parts.every((part) => part.flags & ts.TypeFlags.Object && part.getCallSignatures().length === 0);
    return isObject && (parts.length > 1 || type.symbol?.name === '__type');
  }

  /**
   * The text of a type. Members of a union are sorted, because TypeScript orders them by the first occurrence of each type.
   *
   * @param {Type} type
   * @returns {string}
   */
  function typeText(type) {
    if (isLiteral(type) && !type.aliasSymbol) return `{ ${members(type).join('; ')} }`;
    if (!type.isUnion() || type.aliasSymbol) return checker.typeToString(type, undefined, FORMAT);
    // Without the `undefined` of an optional member, which its question mark already expresses.
    const choices = type.types.filter((part) => !(part.flags & ts.TypeFlags.Undefined) || part === checker.getUndefinedType());
    const texts = choices.map((choice) => (choice.flags & ts.TypeFlags.BooleanLiteral ? 'boolean' : typeText(choice)));
    return [...new Set(texts)].sort().join(' | ');
  }
}

/**
 * Whether a symbol is exported by `export type`.
 *
 * @param {Symbol} symbol
 */
const isTypeOnly = ({ declarations: [declaration] = [] }) =>
  declaration !== undefined &&
  ts.isExportSpecifier(declaration) &&
  (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly);

/** @param {[name: string, ...rest: unknown[]]} one @param {[name: string, ...rest: unknown[]]} other */
const byName = ([one], [other]) => (one < other ? -1 : 1);

/** @param {string} line */
const indented = (line) => `  ${line}`;
