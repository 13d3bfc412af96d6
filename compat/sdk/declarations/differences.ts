import { join } from 'node:path';
import ts from 'typescript';
import { brand, brands, classesIn, eventsOf, shapeOf } from './branded.ts';
import { compat, type Declarations, declareTheirs, programOf } from './emitted.ts';

/**
 * A difference, by the name of what differs:
 *
 * - `Media`: an export
 * - `Client#token`: an instance's member; `Client#connectionState =`: writing it
 * - `Client.create`: a class's own member
 * - `new Client`: its constructor
 * - `Client 'initFailed'`: an event
 * - `ClientOptions.region`: a property of an options or data type; `LastMessage.index =`: giving one
 * - `MessageUpdateReason 'media'`: a member of a union of strings
 */
export interface Difference {
  name: string;
  why: string;
}

export interface Comparison {
  /** All that was compared, by the same names. */
  compared: string[];
  differences: Difference[];
}

interface Check {
  name: string;
  code: string;
}

const waysToListen = [
  'on',
  'once',
  'off',
  'addListener',
  'removeListener',
  'onWithReplay',
  'onceWithReplay',
  'addListenerWithReplay',
];

/** Does code that was written for `@twilio/conversations` fit `@colloquy/client`? Asks the compiler, member by member. */
export function compareDeclarations(ourPlain: Declarations): Comparison {
  const directory = join(compat, 'sdk/virtual');
  const [theirRoot, ourRoot] = [join(directory, 'theirs'), join(directory, 'ours')];
  const theirPlain = declareTheirs(theirRoot);
  const classes = classesIn(theirPlain);
  const brandsFile = join(directory, 'brands.d.ts');
  const module = '../brands.js';
  const theirs = brand(theirPlain, new Set(classes.keys()), module);
  const ours = brand(ourPlain, new Set(classes.keys()), module);
  const files = new Map([...theirs.declarations, ...ours.declarations, [brandsFile, brands(classes)]]);
  const program = programOf([...files.keys()], files);
  const walk = new Walk(
    program,
    [join(theirRoot, 'index.d.ts'), theirs.shapes],
    [join(ourRoot, 'index.d.ts'), ours.shapes],
  );
  const { checks, missing } = walk.run();

  const text = [
    "import type * as Theirs from './theirs/index.js';",
    "import type * as Ours from './ours/index.js';",
    "import * as TheirShapes from './theirs/shapes.js';",
    "import * as OurShapes from './ours/shapes.js';",
    'type Strict<F> = F extends (...given: infer A) => infer R ? (...given: A) => R : F;',
    // Methods that Node's class declares give `this`.
    'type Own<F, S> = F extends (...given: infer A) => infer R',
    "  ? (...given: A) => [R] extends [S] ? ([S] extends [R] ? import('./brands.js').This : R) : R",
    '  : F;',
    'declare function any<T>(): T;',
  ];
  const before = text.length;
  for (const { code } of checks) text.push(code);
  const path = join(directory, 'checks.ts');
  const source = text.join('\n');
  const checking = programOf([path], new Map([...files, [path, source]]));
  const file = checking.getSourceFile(path) as ts.SourceFile;
  const failed = new Map<string, string>();
  for (const diagnostic of ts.getPreEmitDiagnostics(checking, file)) {
    const line = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
    const name = checks[line - before]?.name;
    const why = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    if (!name) throw new Error(`The checks do not compile: ${why}`);
    if (!failed.has(name)) failed.set(name, why);
  }
  const differences = [...missing.map((name) => ({ name, why: 'It is not there.' }))];
  for (const [name, why] of failed) differences.push({ name, why });
  return { compared: [...new Set([...missing, ...checks.map(({ name }) => name)])].sort(), differences };
}

class Walk {
  readonly #checker: ts.TypeChecker;
  readonly #theirs: Side;
  readonly #ours: Side;
  readonly #checks: Check[] = [];
  readonly #missing = new Set<string>();

  constructor(program: ts.Program, theirs: [string, string], ours: [string, string]) {
    this.#checker = program.getTypeChecker();
    this.#theirs = sideOf(program, ...theirs);
    this.#ours = sideOf(program, ...ours);
  }

  run() {
    for (const [name, symbol] of this.#theirs.exports) {
      if (name.includes('$')) continue;
      const shape = this.#theirs.shapes.get(shapeOf(name));
      const our = this.#ours.exports.get(name);
      if (!our) this.#missing.add(name);
      else if (shape) this.#compareClass(name, shape);
      else
        this.#compareType(
          name,
          this.#checker.getDeclaredTypeOfSymbol(symbol),
          this.#checker.getDeclaredTypeOfSymbol(our),
        );
    }
    return { checks: this.#checks, missing: [...this.#missing] };
  }

  #compareClass(name: string, theirs: ts.Symbol): void {
    const ours = this.#ours.shapes.get(shapeOf(name));
    // A type of that name is no class: no program can make or test one.
    if (!ours) return void this.#missing.add(name);
    const list = argumentsOf(theirs);
    const [their, our] = [`TheirShapes.${shapeOf(name)}`, `OurShapes.${shapeOf(name)}`];
    const checker = this.#checker;
    const has = new Set(publicOf(checker.getDeclaredTypeOfSymbol(ours).getProperties()).map((member) => member.name));
    for (const member of publicOf(checker.getDeclaredTypeOfSymbol(theirs).getProperties())) {
      const label = `${ownerOf(member) ?? name}#${member.name}`;
      if (!has.has(member.name)) this.#missing.add(label);
      else if (!isGeneric(checker, member)) {
        const type = `${their}${list}['${member.name}']`;
        const inherited = ownerOf(member) !== undefined;
        const own = (shape: string) =>
          inherited ? `Own<${shape}['${member.name}'], ${shape}>` : `${shape}['${member.name}']`;
        this.#read(label, own(`${their}${list}`), own(`${our}${list}`));
        if (isWritable(member)) this.#write(label, `${our}${list}`, member.name, type);
      } else this.#checks.push({ name: label, code: '' });
    }
    const statics = (symbol: ts.Symbol) =>
      publicOf(checker.getTypeOfSymbol(symbol).getProperties()).filter(
        (member) => member.valueDeclaration && ts.isClassLike(member.valueDeclaration.parent) && !ownerOf(member),
      );
    const ourStatics = new Set(statics(ours).map((member) => member.name));
    for (const member of statics(theirs)) {
      const label = `${name}.${member.name}`;
      if (!ourStatics.has(member.name)) this.#missing.add(label);
      else this.#read(label, `(typeof ${their})['${member.name}']`, `(typeof ${our})['${member.name}']`);
    }
    if (hasPublicConstructor(theirs)) {
      const parameters = `ConstructorParameters<typeof ${their}>`;
      this.#checks.push({
        name: `new ${name}`,
        code: `{ const t: new (...given: ${parameters}) => unknown = ${our}; }`,
      });
    }
    this.#compareEvents(name, has, our);
  }

  /** Each event, by each way of listening: with a listener that fits theirs. */
  #compareEvents(name: string, has: ReadonlySet<string>, our: string): void {
    const events = this.#theirs.shapes.get(eventsOf(name));
    if (!events) return;
    for (const { name: event } of this.#checker.getDeclaredTypeOfSymbol(events).getProperties()) {
      const listener = `TheirShapes.${eventsOf(name)}['${event}']`;
      for (const way of waysToListen) {
        if (!has.has(way)) continue;
        this.#checks.push({
          name: `${name} '${event}'`,
          code: `any<${our}>().${way}('${event}', any<${listener}>());`,
        });
      }
    }
  }

  #compareType(name: string, theirs: ts.Type, ours: ts.Type): void {
    const literals = literalsOf(theirs);
    const ourLiterals = literalsOf(ours);
    if (literals && ourLiterals) return this.#compareLiterals(name, literals, ourLiterals);
    const list = argumentsOf(theirs.aliasSymbol ?? theirs.symbol);
    const [their, our] = [`Theirs.${name}${list}`, `Ours.${name}${list}`];
    const before = this.#missing.size;
    if (theirs.flags & ts.TypeFlags.Object && !this.#checker.isArrayType(theirs)) {
      for (const property of theirs.getProperties()) {
        const label = `${name}.${property.name}`;
        if (!ours.getProperty(property.name)) {
          this.#missing.add(label);
          continue;
        }
        this.#read(label, `${their}['${property.name}']`, `${our}['${property.name}']`);
        this.#checks.push({
          name: `${label} =`,
          code: `{ const t: ${our}['${property.name}'] = any<${their}['${property.name}']>(); }`,
        });
      }
    }
    if (this.#missing.size > before) return;
    // Whether something is optional shows only in the whole.
    this.#read(name, their, our);
    this.#checks.push({ name: `${name} =`, code: `{ const t: ${our} = any<${their}>(); }` });
  }

  #compareLiterals(name: string, theirs: string[], ours: string[]): void {
    for (const literal of theirs) {
      const label = `${name} '${literal}'`;
      if (ours.includes(literal)) this.#checks.push({ name: label, code: '' });
      else this.#missing.add(label);
    }
    for (const literal of ours) {
      if (!theirs.includes(literal)) this.#missing.add(`${name} + '${literal}'`);
    }
  }

  /** What ours gives fits where theirs was expected; what theirs took, ours takes. */
  #read(name: string, theirs: string, ours: string): void {
    this.#checks.push({ name, code: `{ const t: Strict<${theirs}> = any<${ours}>(); }` });
  }

  #write(name: string, ours: string, member: string, theirs: string): void {
    this.#checks.push({ name: `${name} =`, code: `any<${ours}>().${member} = any<${theirs}>();` });
  }
}

interface Side {
  exports: Map<string, ts.Symbol>;
  shapes: Map<string, ts.Symbol>;
}

function sideOf(program: ts.Program, index: string, shapes: string): Side {
  const checker = program.getTypeChecker();
  const exportsOf = (path: string) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile);
    if (!module) throw new Error(`${path} is no module.`);
    return new Map(
      checker.getExportsOfModule(module).map((symbol) => {
        return [symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol] as const;
      }),
    );
  };
  return { exports: exportsOf(index), shapes: exportsOf(shapes) };
}

function publicOf(members: readonly ts.Symbol[]): ts.Symbol[] {
  return members.filter((member) => {
    const flags = member.valueDeclaration ? ts.getCombinedModifierFlags(member.valueDeclaration) : 0;
    return !/^[_#]/.test(member.name) && !(flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected));
  });
}

/** The class further up, if one declares it: theirs comes from Node's emitter and from `Promise`. */
function ownerOf(member: ts.Symbol): string | undefined {
  const parent = member.declarations?.[0]?.parent;
  if (!parent || !(ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent))) return undefined;
  const name = parent.name?.text ?? '';
  return name.endsWith(shapeOf('')) ? undefined : name;
}

function isGeneric(checker: ts.TypeChecker, member: ts.Symbol): boolean {
  const signatures = checker.getTypeOfSymbol(member).getCallSignatures();
  return signatures.some((signature) => (signature.typeParameters?.length ?? 0) > 0);
}

function isWritable(member: ts.Symbol): boolean {
  const declarations = member.declarations ?? [];
  if (declarations.some((each) => ts.isSetAccessor(each))) return true;
  return declarations.some(
    (each) =>
      (ts.isPropertyDeclaration(each) || ts.isParameter(each)) &&
      !(ts.getCombinedModifierFlags(each) & ts.ModifierFlags.Readonly),
  );
}

function classOf(symbol: ts.Symbol): ts.ClassDeclaration {
  return symbol.declarations?.find(ts.isClassDeclaration) as ts.ClassDeclaration;
}

function hasPublicConstructor(symbol: ts.Symbol): boolean {
  const found = classOf(symbol).members.find(ts.isConstructorDeclaration);
  if (!found) return false;
  return !ts.getJSDocTags(found).some((tag) => tag.tagName.text === 'internal');
}

/** Type arguments that fit, if it takes any. */
function argumentsOf(symbol: ts.Symbol | undefined): string {
  const declaration = symbol?.declarations?.[0] as ts.ClassDeclaration | undefined;
  const parameters = declaration?.typeParameters ?? [];
  return parameters.length ? `<${parameters.map(() => "{ readonly brand: 'argument' }").join(', ')}>` : '';
}

function literalsOf(type: ts.Type): string[] | undefined {
  const members = type.isUnion() ? type.types : [type];
  const literals = members.filter((each) => each.isStringLiteral());
  return literals.length === members.length ? literals.map((each) => each.value) : undefined;
}
