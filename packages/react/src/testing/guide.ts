import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Writes the files that the guide shows into a folder in which they can be built, and returns their names. */
export async function writeGuide(folder: string): Promise<string[]> {
  const guide = await readFile(join(root, 'docs/guides/react.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, language]) => language !== 'sh');
  await mkdir(folder, { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const names: string[] = [];
  for (const [, language, code = ''] of blocks) {
    const name = /^\/\/ (\S+)\n/.exec(code)?.[1];
    if (name === undefined || !name.endsWith(`.${language}`)) throw new Error(`A block says no file:\n${code}`);
    names.push(name);
    await writeFile(join(folder, name), code);
  }
  const page =
    '<!doctype html><meta charset="utf-8"><div id="root"></div><script type="module" src="/main.tsx"></script>';
  await writeFile(join(folder, 'index.html'), page);
  const options = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      composite: false,
      noEmit: true,
      declaration: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      jsx: 'react-jsx',
      lib: ['es2024', 'dom', 'dom.iterable'],
    },
    include: ['*.ts', '*.tsx'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
  return names;
}
