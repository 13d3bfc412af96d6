import { expect, test } from 'vitest';
import { readArguments, simulateHelp } from './arguments.ts';

test('Without flags, the simulator has its usual port and address, and attaches to the server of this directory', () => {
  expect(readArguments(['twilio'])).toMatchObject({
    provider: { name: 'twilio' },
    port: 8021,
    own: '+12025550142',
    server: undefined,
    attach: true,
    keep: false,
  });
});

test('Flags may stand anywhere, with a blank or = before their value', () => {
  const argv = ['--port=0', 'Twilio', '--address', '+1 202 555 0143', '--server=http://localhost:8010/', '--keep'];
  expect(readArguments(argv)).toMatchObject({
    provider: { name: 'twilio' },
    port: 0,
    own: '+1 202 555 0143',
    server: 'http://localhost:8010',
    keep: true,
  });
});

test.each([
  [[], /^Which provider\? One of twilio/],
  [['twillio'], '"twillio" is no provider that can be simulated; did you mean twilio?'],
  [['pigeons'], /^"pigeons" is no provider that can be simulated; there are twilio/],
  [['twilio', 'whatsapp'], '"whatsapp" is not expected; --help says what is.'],
  [['twilio', '--pot', '1'], '--pot is not a flag; did you mean --port?'],
  [['twilio', '--colour'], '--colour is not a flag; --help lists all.'],
  [['twilio', '--port'], '--port needs a value.'],
  [['twilio', '--port', '65536'], '--port is "65536"; expected a whole number from 0 to 65535.'],
  [['twilio', '--keep=yes'], '--keep takes no value.'],
  [['twilio', '--server', 'here'], '--server is "here"; expected an address such as http://127.0.0.1:8010.'],
])('%j is answered with what is wrong', (argv, sentence) => {
  expect(() => readArguments(argv)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: sentence instanceof RegExp ? expect.stringMatching(sentence) : sentence,
    }),
  );
});

test('The help fits a terminal of 80 columns', () => {
  for (const line of simulateHelp().split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});
