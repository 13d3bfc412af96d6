import ts from 'typescript';
import type { Exported, Packages } from './declarations.ts';
import { eventTypes } from './pages.ts';

/** What a comment says. */
export interface Comment {
  text: string;
  /** By name of the parameter. */
  params: Map<string, string>;
  returns: string;
  throws: string[];
}

export interface Parameter {
  name: string;
  isOptional: boolean;
  /** As in the declaration: with its type and default. */
  text: string;
}

export interface Property {
  name: string;
  type: string;
  isOptional: boolean;
  comment: Comment;
}

export interface Method {
  name: string;
  /** Of types, as written, with `<>`; may be empty. */
  generics: string;
  /** What precedes it in a program: `Client.` for one of the class, `new ` for a constructor. */
  prefix: string;
  parameters: Parameter[];
  result: string;
  comment: Comment;
}

/** A class, or the properties of a type. */
export interface Members {
  properties: Property[];
  methods: Method[];
}

export interface ClassMembers extends Members {
  constructors: Method[];
  /** Of the class itself. */
  statics: Members;
  /** Name of the type that lists its events; none where it has no events. */
  events: string | undefined;
}

export class Describer {
  readonly #checker: ts.TypeChecker;
  readonly #emitter: ts.Declaration;

  constructor({ checker, emitter }: Packages) {
    this.#checker = checker;
    this.#emitter = emitter.declaration;
  }

  commentOf(symbol: ts.Symbol): Comment {
    const comment: Comment = { text: '', params: new Map(), returns: '', throws: [] };
    comment.text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    for (const { name, text } of symbol.getJsDocTags(this.#checker)) {
      const said = oneLine(ts.displayPartsToString(text));
      if (name === 'returns') comment.returns = said;
      else if (name === 'throws') comment.throws.push(said);
      else if (name === 'param') {
        const [, param = '', what = ''] = /^(\S+)\s*(.*)$/s.exec(said) ?? [];
        comment.params.set(param, what);
      }
    }
    return comment;
  }

  /** A class without what all emitters have, which is on a page of its own. */
  classOf({ symbol, name, declaration }: Exported): ClassMembers {
    const members = this.#checker.getDeclaredTypeOfSymbol(symbol).getProperties();
    const isOwn = (member: ts.Symbol) => declaration === this.#emitter || !this.#isOfEmitter(member);
    const instance = this.#membersOf(members.filter(isOwn), '');
    const type = this.#checker.getTypeOfSymbol(symbol);
    const own = type.getProperties().filter((member) => member.name !== 'prototype');
    const signatures = type.getConstructSignatures().filter((each) => {
      const { declaration } = each;
      return declaration && ts.isConstructorDeclaration(declaration) && !isInternal(declaration);
    });
    const constructors = signatures.map((signature) => this.#method(signature, name, 'new '));
    return { ...instance, constructors, statics: this.#membersOf(own, `${name}.`), events: this.#eventsOf(symbol) };
  }

  typeMembersOf({ symbol }: Exported): Members {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const { properties, methods } = this.#membersOf(type.getProperties(), '');
    for (const { declaration } of this.#checker.getIndexInfosOfType(type)) {
      if (!declaration) continue;
      const name = `[${oneLine(declaration.parameters[0]?.getText() ?? '')}]`;
      const comment = { text: '', params: new Map(), returns: '', throws: [] };
      properties.push({ name, type: oneLine(declaration.type.getText()), isOptional: false, comment });
    }
    return { properties, methods };
  }

  /** The properties of a list of constants, with their values as types. */
  constantOf({ symbol }: Exported): Members {
    return this.#membersOf(this.#checker.getTypeOfSymbol(symbol).getProperties(), '');
  }

  functionOf({ symbol, name }: Exported): Method[] {
    const signatures = this.#checker.getTypeOfSymbol(symbol).getCallSignatures();
    return signatures.map((signature) => ({ ...this.#method(signature, name, ''), comment: this.commentOf(symbol) }));
  }

  #membersOf(symbols: readonly ts.Symbol[], prefix: string): Members {
    const properties: Property[] = [];
    const methods: Method[] = [];
    for (const symbol of symbols) {
      const [declaration] = symbol.declarations ?? [];
      if (!declaration || !this.#isPublic(symbol, declaration) || this.#isEventName(symbol)) continue;
      const type = this.#checker.getTypeOfSymbol(symbol);
      const [signature] = type.getCallSignatures();
      const comment = this.commentOf(symbol);
      // A property whose comment tells of parameters is called like a method.
      if (signature && (symbol.flags & ts.SymbolFlags.Method || comment.params.size > 0)) {
        methods.push({ ...this.#method(signature, symbol.name, prefix), comment });
      } else {
        const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
        properties.push({ name: prefix + symbol.name, type: this.#typeText(declaration, type), isOptional, comment });
      }
    }
    return { properties, methods };
  }

  #method(signature: ts.Signature, name: string, prefix: string): Method {
    const { declaration } = signature;
    const comment = this.commentOf({
      getDocumentationComment: () => signature.getDocumentationComment(this.#checker),
      getJsDocTags: () => signature.getJsDocTags(),
    } as unknown as ts.Symbol);
    const parameters = (declaration?.parameters ?? []).flatMap((each) =>
      ts.isParameter(each) ? [parameterOf(each, [...comment.params.keys()])] : [],
    );
    const types = declaration?.typeParameters?.map((each) => each.getText()) ?? [];
    const generics = prefix !== 'new ' && types.length ? `<${types.join(', ')}>` : '';
    const written = declaration?.type && oneLine(declaration.type.getText());
    const result = written ?? this.#textOf(signature.getReturnType());
    return { name, generics, prefix, parameters, result, comment };
  }

  #typeText(declaration: ts.Declaration, type: ts.Type): string {
    const { type: written } = declaration as { type?: ts.TypeNode };
    return written ? oneLine(written.getText()) : this.#textOf(type);
  }

  #textOf(type: ts.Type): string {
    return this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType);
  }

  #isPublic(symbol: ts.Symbol, declaration: ts.Declaration): boolean {
    if (/^_|^#|^__@/.test(symbol.name) || isInternal(declaration)) return false;
    if (declaration.getSourceFile().fileName.includes('/node_modules/typescript/')) return false;
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    if (ts.getCombinedModifierFlags(declaration) & hidden) return false;
    return true;
  }

  #isOfEmitter({ declarations }: ts.Symbol): boolean {
    return declarations?.[0]?.parent === this.#emitter;
  }

  /** `Client.messageAdded` is `'messageAdded'`. */
  #isEventName(symbol: ts.Symbol): boolean {
    const type = this.#checker.getTypeOfSymbol(symbol);
    return type.isStringLiteral() && type.value === symbol.name;
  }

  /** The argument of the base class, which is some way up. */
  #eventsOf(symbol: ts.Symbol): string | undefined {
    for (const declaration of symbol.declarations ?? []) {
      if (!ts.isClassDeclaration(declaration)) continue;
      const [base] = declaration.heritageClauses?.[0]?.types ?? [];
      if (!base) continue;
      const [argument] = base.typeArguments ?? [];
      const name = argument?.getText() ?? '';
      if (eventTypes.includes(name)) return name;
      const parent = this.#checker.getTypeAtLocation(base).getSymbol();
      return parent && this.#eventsOf(parent);
    }
    return undefined;
  }
}

function parameterOf(node: ts.ParameterDeclaration, named: readonly string[]): Parameter {
  // What is taken apart has no name; the comment may have one for it.
  const name = ts.isIdentifier(node.name) ? node.name.text.replace(/^_/, '') : (named[0] ?? 'options');
  const isOptional = node.questionToken !== undefined || node.initializer !== undefined;
  const type = node.type ? oneLine(node.type.getText()) : undefined;
  const value = node.initializer && oneLine(node.initializer.getText());
  const rest = node.dotDotDotToken ? '...' : '';
  // A default that says its type needs no other; an empty one says nothing.
  const isPlain = value === undefined || value === '{}';
  const typed = type === undefined ? '' : `: ${type}`;
  const text = isPlain ? `${rest}${name}${isOptional ? '?' : ''}${typed}` : `${name}${typed} = ${value}`;
  return { name, isOptional, text };
}

function isInternal(declaration: ts.Declaration): boolean {
  return ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === 'internal');
}

export function oneLine(text: string): string {
  return text
    .replace(/\/\*\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/([([{]) (?=\S* ?\w+\??:)/g, '$1')
    .replace(/, \)/g, ')')
    .trim();
}
