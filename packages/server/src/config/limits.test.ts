import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '@colloquy/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contractRates } from '../core/rates/rate-limits.ts';
import { loadConfig } from './config.ts';
import { settableLimits } from './limit-settings.ts';
import { limitsPage } from './limits-page.ts';
import { settableRates } from './rate-settings.ts';
import { SettingsError } from './start-error.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-limits-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const load = (text: string) => loadConfig(['--limits', text], {}, cwd).limits;

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test('without the setting nothing differs from the contract', () => {
  expect(loadConfig([], {}, cwd).limits).toBeUndefined();
});

test('what is set takes the place of its default and leaves the others', () => {
  expect(load('participantsPerConversation=100, identity=64')).toEqual({
    ...limits,
    participantsPerConversation: 100,
    identity: 64,
  });
});

test('a configuration file gives them as an object', () => {
  writeFileSync(join(cwd, 'colloquy.config.json'), JSON.stringify({ limits: { messageBodyBytes: 1600 } }));
  expect(loadConfig([], {}, cwd).limits).toEqual({ ...limits, messageBodyBytes: 1600 });
});

test('every one can be set to both ends of its range, and its default is within', () => {
  for (const [name, { min, max }] of Object.entries(settableLimits)) {
    expect(load(`${name}=${min}`)).toHaveProperty(name, min);
    expect(load(`${name}=${max}`)).toHaveProperty(name, max);
    expect(problemsOf(() => load(`${name}=${max + 1}`))).toEqual([
      `--limits: ${name} is "${max + 1}"; expected a whole number from ${min} to ${max}.`,
    ]);
    const preset = limits[name as keyof typeof settableLimits];
    expect(preset >= min && preset <= max).toBe(true);
  }
});

test('each part that is wrong gets a sentence of its own', () => {
  expect(problemsOf(() => load('identiy=3,author=many,subject=1,subject=2,requestBodyBytes=5'))).toEqual([
    '--limits: "identiy" is none of them; did you mean identity?',
    '--limits: author is "many"; expected a whole number from 1 to 1024.',
    '--limits: subject is given twice.',
    '--limits: "requestBodyBytes" is none of them.',
  ]);
});

test.each([5, true, [['identity', 3]], null])('a configuration file with %j for them is refused', (value) => {
  writeFileSync(join(cwd, 'colloquy.config.json'), JSON.stringify({ limits: value }));
  expect(problemsOf(() => loadConfig([], {}, cwd))).toHaveLength(1);
});

const rates = (text: string) => loadConfig(['--rate-limits', text], {}, cwd).rateLimits;

test('rates are off, or those of the contract, or any of them', () => {
  expect(loadConfig([], {}, cwd).rateLimits).toBeUndefined();
  expect(rates('off')).toEqual({});
  expect(rates('contract')).toEqual(contractRates);
  expect(rates('messages=5,requests=7')).toEqual({ messages: 5, requests: 7 });
  expect(rates('contract, messages=0,requests=7')).toEqual({ ...contractRates, messages: 0, requests: 7 });
  writeFileSync(join(cwd, 'colloquy.config.json'), JSON.stringify({ rateLimits: { users: 3 } }));
  expect(loadConfig([], {}, cwd).rateLimits).toEqual({ users: 3 });
});

test('every rate can be set, and what is none is named', () => {
  for (const name of Object.keys(settableRates)) expect(rates(`${name}=5`)).toEqual({ [name]: 5 });
  expect(problemsOf(() => rates('messages=5,contract'))).toEqual(['--rate-limits: "contract" is none of them.']);
  expect(problemsOf(() => rates('mesages=5,users=-1'))).toEqual([
    '--rate-limits: "mesages" is none of them; did you mean messages?',
    '--rate-limits: users is "-1"; expected a whole number from 0 to 1000000.',
  ]);
});

test('the reference page is up to date', async () => {
  await expect(limitsPage()).toMatchFileSnapshot('../../../../docs/reference/limits.md');
});
