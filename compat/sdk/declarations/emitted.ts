import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Declarations by where they stand; their imports name each other with `.js`. */
export type Declarations = ReadonlyMap<string, string>;

export const compat = fileURLToPath(new URL('../..', import.meta.url));
const sources = join(compat, '../packages/client/src');

export const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ['@colloquy/source'],
  allowImportingTsExtensions: true,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
};

/** What `@colloquy/client` declares, as its build would write it, in a directory that need not be there. */
export function declareOurs(directory: string): Declarations {
  const program = programOf([join(sources, 'index.ts')], new Map(), {
    ...compilerOptions,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
  });
  const declarations = new Map<string, string>();
  for (const source of program.getSourceFiles()) {
    const path = relative(sources, source.fileName);
    if (path.startsWith('..')) continue;
    program.emit(
      source,
      (_, text) =>
        declarations.set(join(directory, path.replace(/\.ts$/, '.d.ts')), text.replace(/\.ts(?=['"])/g, '.js')),
      undefined,
      true,
    );
  }
  return declarations;
}

/** What `@twilio/conversations` declares, and the package whose class it exports as its own. */
export function declareTheirs(directory: string): Declarations {
  const read = (name: string) => {
    const found = ts.resolveModuleName(name, join(compat, 'index.ts'), compilerOptions, ts.sys).resolvedModule;
    const text = found && ts.sys.readFile(found.resolvedFileName);
    if (!text) throw new Error(`There are no declarations of ${name}.`);
    return text;
  };
  return new Map([
    [join(directory, 'index.d.ts'), read('@twilio/conversations').replace('"@twilio/mcs-client"', '"./mcs-client.js"')],
    [join(directory, 'mcs-client.d.ts'), read('@twilio/mcs-client')],
  ]);
}

/** Of the files on disk, which several programs read. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** A program that finds these files besides those on disk. */
export function programOf(roots: string[], virtual: Declarations, options: ts.CompilerOptions = compilerOptions) {
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile, directoryExists } = host;
  const directories = new Set([...virtual.keys()].map((path) => dirname(path)));
  host.readFile = (path) => virtual.get(path) ?? readFile(path);
  host.fileExists = (path) => virtual.has(path) || fileExists(path);
  host.directoryExists = (path) => directories.has(path) || (directoryExists?.(path) ?? true);
  host.getSourceFile = (path, ...rest) => {
    const text = virtual.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, rest[0]);
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, ...rest));
    return parsed.get(path);
  };
  return ts.createProgram(roots, options, host);
}
