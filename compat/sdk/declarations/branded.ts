import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import type { Declarations } from './emitted.ts';

/**
 * Two packages' classes of the same name can never be assigned to each other, since they have private members, and one
 * difference would show in everything that mentions the class. So both packages' declarations are rewritten: wherever
 * a class is mentioned, a brand of that name stands, the same in both; the class itself is kept as `Name$Shape`, to be
 * compared member by member. That is sound: if all members of all classes fit while the classes are taken to fit,
 * they do.
 */
export interface Branded {
  declarations: Declarations;
  /** Exports the shapes of all classes. */
  shapes: string;
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

export const shapeOf = (name: string) => `${name}$Shape`;
/** What the events of a class are called, if it has some. */
export const eventsOf = (name: string) => `${name}$Events`;

/** What the brand of a class has to know of it. */
export interface ClassOutline {
  /** Number of its type parameters. */
  parameters: number;
  /** Simple properties, for types that mention some of them only. */
  fields: string[];
}

export function brands(classes: ReadonlyMap<string, ClassOutline>): string {
  const declared = [...classes].map(([name, { parameters, fields }]) => {
    const names = Array.from({ length: parameters }, (_, n) => `T${n}`);
    const list = names.length ? `<${names.join(', ')}>` : '';
    if (name === 'CancellablePromise')
      return 'export interface CancellablePromise<T> extends Promise<T> { cancel(): This; }';
    const members = [`readonly brand: '${name}'`, ...names.map((each) => `readonly of${each}: ${each}`), ...fields];
    return `export interface ${name}${list} { ${members.join('; ')} }`;
  });
  return ["export interface This { readonly brand: 'this' }", ...declared].join('\n');
}

export function classesIn(declarations: Declarations): Map<string, ClassOutline> {
  const classes = new Map<string, ClassOutline>();
  for (const text of declarations.values()) {
    for (const statement of parse(text).statements) {
      if (!ts.isClassDeclaration(statement) || !statement.name || classes.has(statement.name.text)) continue;
      const fields = statement.members.filter(ts.isPropertyDeclaration).filter(isSimple);
      classes.set(statement.name.text, {
        parameters: statement.typeParameters?.length ?? 0,
        fields: fields.map((field) => `readonly ${field.name.getText()}: ${field.type?.getText()}`),
      });
    }
  }
  return classes;
}

function isSimple({ type, modifiers = ts.factory.createNodeArray() }: ts.PropertyDeclaration): boolean {
  const isPublic = modifiers.length === 1 && modifiers[0]?.kind === ts.SyntaxKind.ReadonlyKeyword;
  return isPublic && (type?.kind === ts.SyntaxKind.StringKeyword || type?.kind === ts.SyntaxKind.NumberKeyword);
}

/** @param module path of the file that `brands` made */
export function brand(declarations: Declarations, classes: ReadonlySet<string>, module: string): Branded {
  const branded = new Map<string, string>();
  const shapes: string[] = [];
  const seen = new Set<string>();
  const directory = [...declarations.keys()].map((path) => dirname(path)).sort()[0] as string;
  for (const [path, text] of declarations) {
    // The first of a name is meant: packages that theirs builds on have classes of the same names.
    const left = new Set([...classes].filter((name) => !seen.has(name)));
    const { edits, declared, exported, events } = editsOf(parse(text), left);
    for (const name of declared) seen.add(name);
    const lines = [`import type { ${['This', ...declared].join(', ')} } from '${module}';`];
    for (const name of declared) lines.push(`export { ${shapeOf(name)} };`);
    for (const [name, type] of events) lines.push(`export type { ${type} as ${eventsOf(name)} };`);
    if (exported.length) lines.push(`export type { ${exported.join(', ')} };`);
    branded.set(path, `${apply(text, edits)}\n${lines.join('\n')}\n`);
    const from = `./${relative(directory, path).replace('.d.ts', '.js')}`;
    for (const name of declared) shapes.push(`export { ${shapeOf(name)} } from '${from}';`);
    for (const name of events.keys()) shapes.push(`export { ${eventsOf(name)} } from '${from}';`);
  }
  const file = join(directory, 'shapes.d.ts');
  branded.set(file, shapes.join('\n'));
  return { declarations: branded, shapes: file };
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('declarations.d.ts', text, ts.ScriptTarget.Latest, true);
}

function editsOf(source: ts.SourceFile, classes: ReadonlySet<string>) {
  const edits: Edit[] = [];
  const declared: string[] = [];
  const exported: string[] = [];
  const events = new Map<string, string>();
  const replace = (node: ts.Node, text: string) => edits.push({ start: node.getStart(), end: node.getEnd(), text });
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) && node.name && classes.has(node.name.text)) {
      declared.push(node.name.text);
      replace(node.name, shapeOf(node.name.text));
      const base = node.heritageClauses?.[0]?.types[0];
      const [type] = base?.typeArguments ?? [];
      if (base?.expression.getText() === 'ReplayEventEmitter' && type) events.set(node.name.text, type.getText());
      // Exported once more below, with the brand.
      for (const modifier of node.modifiers ?? []) {
        if (modifier.kind !== ts.SyntaxKind.ExportKeyword) continue;
        exported.push(node.name.text);
        replace(modifier, '');
      }
    } else if (node.kind === ts.SyntaxKind.ThisType) {
      replace(node, 'This');
    } else if (ts.isTypeQueryNode(node)) {
      const first = firstOf(node.exprName);
      if (classes.has(first.text)) replace(first, shapeOf(first.text));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { edits, declared, exported, events };
}

function firstOf(name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : firstOf(name.left);
}

function apply(text: string, edits: readonly Edit[]): string {
  let rest = text;
  for (const { start, end, text: by } of [...edits].sort((a, b) => b.start - a.start)) {
    rest = rest.slice(0, start) + by + rest.slice(end);
  }
  return rest;
}
