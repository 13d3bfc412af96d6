import { parseProxyAddress, shownAddress } from '../core/addresses.ts';
import { SimulateError } from './simulate-error.ts';

/** @throws SimulateError when it is no address, or none that such a provider has */
export function requireOwn(raw: string, form: RegExp, expects: string): string {
  const parsed = parseProxyAddress(raw);
  if (!parsed.ok) throw new SimulateError(`--address is "${raw}". ${parsed.reason}`, 2);
  const address = shownAddress(parsed.address);
  if (!form.test(address)) throw new SimulateError(`--address is "${raw}"; expected ${expects}.`, 2);
  return address;
}
