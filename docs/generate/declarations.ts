import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A name that a package exports. */
export interface Exported {
  name: string;
  symbol: ts.Symbol;
  declaration: ts.Declaration;
}

export interface Packages {
  checker: ts.TypeChecker;
  /** What each exports, by name; the client's with the base of all classes with events, which has no name outside. */
  client: ReadonlyMap<string, Exported>;
  react: ReadonlyMap<string, Exported>;
  emitter: Exported;
}

const packages = fileURLToPath(new URL('../../packages', import.meta.url));
const files = ['client/src/index.ts', 'react/src/index.ts', 'client/src/emitter.ts'].map((path) =>
  join(packages, path),
);

/** Reads the sources of the client and of its hooks. */
export function readPackages(): Packages {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    customConditions: ['@colloquy/source'],
    allowImportingTsExtensions: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const exportsOf = (path: string) => {
    const file = program.getSourceFile(path);
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${path} exports nothing.`);
    return checker.getExportsOfModule(module).map((each): [string, Exported] => {
      const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
      const [declaration] = symbol.declarations ?? [];
      if (!declaration) throw new Error(`${each.name} is not declared.`);
      return [each.name, { name: each.name, symbol, declaration }];
    });
  };
  const [client = [], react = [], base = []] = files.map(exportsOf);
  const emitter = new Map(base).get('Emitter');
  if (!emitter) throw new Error('There is no Emitter.');
  return { checker, client: new Map([...client, ['Emitter', emitter]]), react: new Map(react), emitter };
}
