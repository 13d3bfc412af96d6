/**
 * Makes a fresh clone able to run: packages from the lock file, and the pinned Node. Runs on any Node from 20 on,
 * with nothing installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { run, runScript, Stop, step } from './child.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const leastForScripts = 20;
const leastForColloquy = 24;
const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * Installs what is missing.
 *
 * @returns {Promise<string>} the path of the Node that everything else runs under
 * @throws Stop with what to do about it
 */
export async function setup() {
  const own = majorOf(process.versions.node);
  if (own < leastForScripts) {
    throw new Stop(`Colloquy needs Node ${leastForScripts} or later to start with; this is Node ${process.version}.`);
  }
  if (!packagesMatchLock()) await installPackages();
  return await findNode();
}

/**
 * npm writes down what it installed in `node_modules/.package-lock.json`, and only once everything is in place.
 * Comparing that with the lock file holds whatever the files' dates say, and whoever ran npm.
 */
function packagesMatchLock() {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = readPackages(installedFile);
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    // What is for another system, or wanted only if present, is not installed.
    if (!found) return wanted.optional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

async function installPackages() {
  const code = await step('Installing packages with "npm ci" (once; about a minute, most of it download)', () =>
    npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], root),
  );
  if (code !== 0) throw new Stop('npm could not install the packages; what it says above tells why.');
}

async function findNode() {
  if (!existsSync(pinnedNode)) await installPinnedNode();
  if (runs(pinnedNode)) return pinnedNode;
  if (majorOf(process.versions.node) >= leastForColloquy) return process.execPath;
  throw new Stop(
    `Colloquy runs on Node ${leastForColloquy}. This is Node ${process.version}, and the Node of the npm package "node" ` +
      `could not be installed, or does not run on this system. Install Node ${leastForColloquy} from nodejs.org, then ` +
      'run this again.',
  );
}

/** The package downloads its binary in an install script, which npm's settings may have held back. */
async function installPinnedNode() {
  const folder = join(root, 'node_modules', 'node');
  const script = join(folder, 'installArchSpecificPackage.js');
  if (!existsSync(script)) return;
  await step('Installing Node 24 (once; about 30 MB)', () => run(process.execPath, [script], { cwd: folder }));
}

/** @param {string} node */
function runs(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return majorOf(stdout?.slice(1) ?? '') >= leastForColloquy;
}

/** @param {string} version */
function majorOf(version) {
  return Number(version.split('.')[0]);
}

/**
 * Runs npm: the one that runs this script, if npm does.
 *
 * @param {string[]} args
 * @param {string} cwd
 */
function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) return run(process.execPath, [cli, ...args], { cwd });
  return run('npm', args, { cwd, shell: process.platform === 'win32' });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runScript(async () => {
    await setup();
  });
}
