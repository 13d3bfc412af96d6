import ts from 'typescript';

/**
 * Which members of a package's declarations a program uses, by statement with all that is in it, under the names that
 * `differences.ts` has for them.
 */
export function membersUsed(program: ts.Program, path: string): Map<ts.Statement, Set<string>> {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  if (!file) throw new Error(`${path} is not in the program.`);
  const used = new Map<ts.Statement, Set<string>>();

  const visit = (node: ts.Node, around: readonly Set<string>[]): void => {
    let within = around;
    if (ts.isStatement(node) && !ts.isBlock(node)) {
      const names = new Set<string>();
      used.set(node, names);
      within = [...around, names];
    }
    for (const name of namesOf(node, checker)) for (const names of within) names.add(name);
    ts.forEachChild(node, (child) => visit(child, within));
  };
  visit(file, []);
  return used;
}

function namesOf(node: ts.Node, checker: ts.TypeChecker): string[] {
  if (ts.isStringLiteral(node)) return literalNames(node, checker);
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) return [`new ${node.expression.text}`];
  if (!ts.isIdentifier(node)) return [];
  // `import { Client }` is no use of it.
  if (ts.isImportSpecifier(node.parent)) return [];
  const names = symbolsOf(node, checker).flatMap((symbol) => {
    return (symbol.declarations ?? []).map((each) => nameOf(symbol, each));
  });
  // `Record<DeliveryAmount, …>` has a property for each member of the union.
  return ts.isPropertyAssignment(node.parent) ? [...names, `'${node.text}'`] : names;
}

function symbolsOf(node: ts.Identifier, checker: ts.TypeChecker): ts.Symbol[] {
  const { parent } = node;
  // What a literal gives is meant for the type that is wanted there; what is taken apart, for the type it had.
  if ((ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent)) && parent.name === node) {
    return members(checker.getContextualType(parent.parent as ts.ObjectLiteralExpression), node.text, checker);
  }
  if (ts.isBindingElement(parent) && (parent.propertyName ?? parent.name) === node) {
    return members(checker.getTypeAtLocation(parent.parent), node.text, checker);
  }
  const symbol = checker.getSymbolAtLocation(node);
  if (!symbol) return [];
  const [target] = symbol.flags & ts.SymbolFlags.Alias ? [checker.getAliasedSymbol(symbol)] : [symbol];
  // A property that several members of a union have.
  const { links } = target as unknown as { links?: { containingType?: ts.Type } };
  return links?.containingType ? members(links.containingType, target.name, checker) : [target];
}

function members(type: ts.Type | undefined, name: string, checker: ts.TypeChecker): ts.Symbol[] {
  if (!type) return [];
  const types = type.isUnionOrIntersection() ? type.types : [type];
  return types.flatMap((each) => checker.getPropertyOfType(each, name) ?? []);
}

function nameOf(symbol: ts.Symbol, declaration: ts.Declaration): string {
  const { parent } = declaration;
  const own = symbol.name;
  if (!parent || ts.isSourceFile(parent)) return own.replace(/\$\d+$/, '');
  if (ts.isClassLike(parent)) {
    const isStatic = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Static;
    return `${parent.name?.text}${isStatic ? '.' : '#'}${own}`;
  }
  if (ts.isInterfaceDeclaration(parent)) {
    const { text } = parent.name;
    return /^(EventEmitter|Promise)$/.test(text) ? `${text}#${own}` : `${text}.${own}`;
  }
  if (ts.isTypeLiteralNode(parent) && ts.isTypeAliasDeclaration(parent.parent))
    return `${parent.parent.name.text}.${own}`;
  return own;
}

/** A string as a member of a union of strings, or as the name of an event. */
function literalNames(node: ts.StringLiteral, checker: ts.TypeChecker): string[] {
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.arguments[0] === node && ts.isPropertyAccessExpression(parent.expression)) {
    const owner = checker.getTypeAtLocation(parent.expression.expression).symbol?.name;
    return owner ? [`${owner} '${node.text}'`] : [];
  }
  // The alias of the union is lost in the type of the literal, so it counts for every union that has it.
  return [`'${node.text}'`];
}
