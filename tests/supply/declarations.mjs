// Declarations as TypeScript reads them.

import ts from 'typescript';

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
// The platform's declarations are long, and the same for all.
const host = ts.createCompilerHost(OPTIONS);
const parse = host.getSourceFile;
const parsed = new Map();
host.getSourceFile = (name, ...options) => {
  if (!parsed.has(name)) parsed.set(name, parse(name, ...options));
  return parsed.get(name);
};
const { NoTruncation, UseSingleQuotesForStringLiteralType, InTypeAlias } = ts.TypeFormatFlags;
const FORMAT = NoTruncation | UseSingleQuotesForStringLiteralType;

/**
 * What a file exports, declarations or script.
 *
 * @returns {{ values: string[], membersOf(name: string): string[], lines(): string[] }} the names of values, those of the
 *   members of an interface, and everything in full
 */
export function exportsOf(file) {
  const program = ts.createProgram([file], OPTIONS, host);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  // Without a symbol it is a script, and exports nothing.
  const symbols = module ? checker.getExportsOfModule(module) : [];
  const exported = new Map(symbols.map((symbol) => [symbol.name, resolved(symbol)]));
  const types = symbols.filter(isTypeOnly).map(({ name }) => name);
  const isValue = ([name, symbol]) => symbol.flags & ts.SymbolFlags.Value && !types.includes(name);

  return {
    values: [...exported].filter(isValue).map(([name]) => name).sort(),
    membersOf(name) {
      const type = checker.getDeclaredTypeOfSymbol(exported.get(name));
      const all = type.isUnion() ? type.types : [type];
      return [...new Set(all.flatMap((one) => checker.getPropertiesOfType(one).map((member) => member.name)))].sort();
    },
    lines: () => [...exported].sort(byName).flatMap(([name, symbol]) => [...described(name, symbol), '']),
  };

  function resolved(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  function described(exportedName, symbol) {
    const name = `${exportedName}${parameters(symbol)}`;
    if (symbol.flags & ts.SymbolFlags.Class) return describedClass(name, symbol);
    if (symbol.flags & ts.SymbolFlags.Namespace) return describedNamespace(name, symbol);
    if (symbol.flags & ts.SymbolFlags.Variable) return member(`const ${name}`, checker.getTypeOfSymbol(symbol));
    if (symbol.flags & ts.SymbolFlags.Value) return member(`function ${exportedName}`, checker.getTypeOfSymbol(symbol));
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    if (symbol.flags & ts.SymbolFlags.Interface) {
      return [`interface ${name}${heritage(symbol)} {`, ...members(type, isOurs).map(indented), '}'];
    }
    const choices = (type.isUnion() ? type.types : [type]).map(shape);
    choices.sort((one, other) => byName([one.join()], [other.join()]));
    return [`type ${name} =`, ...choices.flatMap(([first, ...more]) => [`| ${first}`, ...more]).map(indented)];
  }

  function describedClass(name, symbol) {
    const constructor = checker.getTypeOfSymbol(symbol);
    const statics = members(constructor, isOurs).filter((line) => !line.includes('prototype:'));
    const instance = members(checker.getDeclaredTypeOfSymbol(symbol), isOurs);
    const all = [...makers(constructor), ...statics.map((line) => `static ${line}`), ...instance];
    return [`class ${name}${heritage(symbol)} {`, ...all.map(indented), '}'];
  }

  /** Constructors that are written; without one a class has that of what it extends. */
  function makers(type) {
    const ours = checker
      .getSignaturesOfType(type, ts.SignatureKind.Construct)
      .filter(({ declaration }) => declaration && isOurs({ declarations: [declaration] }));
    return ours.map((signature) => {
      const isPrivate = ts.getCombinedModifierFlags(signature.declaration) & ts.ModifierFlags.Private;
      return `${isPrivate ? 'private ' : ''}constructor${checker.signatureToString(signature, undefined, FORMAT)}`;
    });
  }

  function describedNamespace(name, symbol) {
    const within = checker.getExportsOfModule(symbol).map((one) => [one.name, resolved(one)]);
    const lines = within.sort(byName).flatMap((one) => described(...one));
    return [`namespace ${name} {`, ...lines.map(indented), '}'];
  }

  /** Its type parameters, as they are written. */
  function parameters({ declarations }) {
    const written = (declarations[0].typeParameters ?? []).map((parameter) => parameter.getText());
    return written.length > 0 ? `<${written.join(', ')}>` : '';
  }

  /** What it extends, as it is written. */
  function heritage(symbol) {
    const clauses = symbol.declarations.flatMap((declaration) => declaration.heritageClauses ?? []);
    return clauses.map((clause) => ` ${clause.getText().replace(/\s+/g, ' ')}`).join('');
  }

  /** What a platform's own declarations add is theirs. */
  function isOurs(symbol) {
    const files = (symbol.declarations ?? []).map((declaration) => declaration.getSourceFile());
    return files.length === 0 || files.some((file) => !program.isSourceFileDefaultLibrary(file));
  }

  function members(type, isWanted = () => true) {
    const own = checker.getPropertiesOfType(type).filter(isWanted);
    own.sort((one, other) => byName([one.name], [other.name]));
    const indexed = checker.getIndexInfosOfType(type).map(
      (info) => `${info.isReadonly ? 'readonly ' : ''}[${text(info.keyType)}]: ${text(info.type)}`,
    );
    return [...own.flatMap(property), ...indexed];
  }

  function property(symbol) {
    const declaration = symbol.declarations?.[0];
    const isReadonly = declaration && ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly;
    const optional = symbol.flags & ts.SymbolFlags.Optional ? '?' : '';
    return member(`${isReadonly ? 'readonly ' : ''}${symbol.name}${optional}`, checker.getTypeOfSymbol(symbol));
  }

  /** A line for each way to call it, or one with its type. */
  function member(name, type) {
    const calls = checker.getSignaturesOfType(type, ts.SignatureKind.Call);
    if (calls.length === 0) return [`${name}: ${text(type)}`];
    return calls.map((call) => `${name}${checker.signatureToString(call, undefined, FORMAT)}`);
  }

  /** What an alias stands for: an object type by its members, whatever it is composed of. */
  function shape(type) {
    if (isLiteral(type)) return ['{', ...members(type).map(indented), '}'];
    return [checker.typeToString(type, undefined, FORMAT | InTypeAlias)];
  }

  /** Whether it is an object type without a name of its own. */
  function isLiteral(type) {
    const parts = type.isIntersection() ? type.types : [type];
    const isObject = parts.every((part) => part.flags & ts.TypeFlags.Object && part.getCallSignatures().length === 0);
    return isObject && (parts.length > 1 || type.symbol?.name === '__type');
  }

  /** Choices in an order that does not depend on what TypeScript met first. */
  function text(type) {
    if (isLiteral(type) && !type.aliasSymbol) return `{ ${members(type).join('; ')} }`;
    if (!type.isUnion() || type.aliasSymbol) return checker.typeToString(type, undefined, FORMAT);
    // What says that an optional member may be missing is said by its question mark.
    const choices = type.types.filter((one) => !(one.flags & ts.TypeFlags.Undefined) || one === checker.getUndefinedType());
    const texts = choices.map((choice) => (choice.flags & ts.TypeFlags.BooleanLiteral ? 'boolean' : text(choice)));
    return [...new Set(texts)].sort().join(' | ');
  }
}

/** Whether it is exported by `export type`. */
const isTypeOnly = ({ declarations: [declaration] }) =>
  ts.isExportSpecifier(declaration) && (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly);

const byName = ([one], [other]) => (one < other ? -1 : 1);

const indented = (line) => `  ${line}`;
