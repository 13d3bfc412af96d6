/** For tests: a package as its users get it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/**
 * Packs a package, and puts what is in the tarball where `npm install` would put it. What has changed is built first,
 * by the package's own `prepack`.
 *
 * @param {string} name the package's folder
 * @param {string} project the folder of the app that installs it
 * @returns {string} where it is now
 */
export function installPacked(name, project) {
  const folder = mkdtempSync(join(project, 'packed-'));
  const npm = process.env.npm_execpath;
  const args = ['pack', '--silent', '--pack-destination', folder];
  const options = { cwd: join(root, 'packages', name), env: { ...process.env, npm_config_update_notifier: 'false' } };
  if (npm && /npm-cli\.[cm]?js$/.test(npm)) execFileSync(process.execPath, [npm, ...args], options);
  else execFileSync('npm', args, { ...options, shell: process.platform === 'win32' });

  const [tarball] = readdirSync(folder);
  if (!tarball) throw new Error(`npm packed nothing for ${name}`);
  const target = join(project, 'node_modules', '@colloquy', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', target, '--strip-components=1']);
  rmSync(folder, { recursive: true });
  return target;
}
