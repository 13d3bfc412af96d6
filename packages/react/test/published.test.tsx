// @vitest-environment happy-dom
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { act } from '@testing-library/react';
import * as esbuild from 'esbuild';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPacked } from '../../../scripts/install-packed.mjs';
import { root as repository } from '../../../scripts/setup.mjs';
import { inConversation } from '../../client/src/testing/start.ts';
import { settle } from '../../client/src/testing/turns.ts';
import { viewOf } from '../src/view.ts';

/** What the package promises: everything, minified by somebody else's bundler, in bytes of gzip. */
const limit = 4000;

/** An app far away from the repository that has installed both packages, and React. */
const project = mkdtempSync(join(tmpdir(), 'colloquy-react-app-'));
const modules = join(repository, 'node_modules');
let installed: string;
let client: string;

beforeAll(() => {
  client = installPacked('client', project);
  installed = installPacked('react', project);
  for (const name of ['react', '@types']) symlinkSync(join(modules, name), join(project, 'node_modules', name));
}, 120_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

test(`Everything is at most ${limit} bytes gzipped, and needs nothing but React.`, async () => {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: `export * from '@colloquy/react'`, resolveDir: project },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['react', '@colloquy/client'],
    metafile: true,
    write: false,
    outdir: 'out',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(new Set(imports)).toEqual(new Set(['react']));
  const code = outputFiles[0]?.text ?? '';
  const size = gzipSync(code, { level: 9 }).length;
  process.stdout.write(`@colloquy/react: ${size} of ${limit} bytes\n`);
  expect(size, `Everything is ${size} bytes gzipped; the limit is ${limit}`).toBeLessThanOrEqual(limit);
  expect(size, 'So little cannot be everything').toBeGreaterThan(limit / 2);
  for (const word of ['WebSocket', 'fetch(', 'window', 'document']) expect(code).not.toContain(word);
});

test('It names the packages that an app has to have.', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(dependencies).toBeUndefined();
  expect(peerDependencies).toEqual({ '@colloquy/client': '0.1.0', react: '>=18' });
});

test('With the published client, whose internal names are short, views have the same properties.', async () => {
  const { Client } = await import(/* @vite-ignore */ pathToFileURL(join(client, 'dist/index.js')).href);
  const published = await import(/* @vite-ignore */ pathToFileURL(join(installed, 'dist/index.js')).href);
  const world = await inConversation();
  world.bob('messages.send', { conversation: world.sid, body: 'Hello', key: 'send' });
  const { webSocket } = world.network;
  const alice = new Client('alice', { url: 'https://chat.example', webSocket, timers: world.timers });

  const shown: object[] = [];
  function Probe() {
    const { conversation } = published.useConversation(world.sid);
    const [message] = published.useMessages(conversation).messages;
    const [participant] = published.useParticipants(conversation).participants;
    const { user } = published.useUser();
    shown.splice(0, 4, conversation, message, participant, user);
    return null;
  }
  const root = createRoot(document.createElement('div'));
  await act(async () => {
    root.render(createElement(published.ColloquyProvider, { client: alice }, createElement(Probe)));
    await settle();
    await settle();
  });
  const page = await world.conversation.getMessages();
  const [first] = await world.conversation.getParticipants();
  const sources = [world.conversation, page.items[0], first, world.client.user];
  const keys = (view: object) => Object.keys(view).sort();
  expect(shown.map(keys)).toEqual(sources.map((source) => keys(viewOf(source as object))));
  expect(keys(shown[1] as object)).toContain('body');
  expect(shown.flatMap(keys).filter((name) => name.startsWith('_'))).toEqual([]);
  await act(async () => root.unmount());
  await alice.shutdown();
});
