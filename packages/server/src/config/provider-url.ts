import { z } from 'zod';

/** Secrets go there, so what is not encrypted may not leave the machine. */
const ownMachine = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Where a push service is: https, or http on this machine; a path where the service has one. */
export function providerUrl(withPath: boolean) {
  return z.string().transform((raw, context) => {
    const url = URL.canParse(raw) ? new URL(raw) : undefined;
    const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && ownMachine.test(url.hostname));
    const plain = url && !url.username && !url.password && !url.search && !url.hash;
    if (safe && plain && (withPath || url.pathname === '/')) return withPath ? url.href : url.origin;
    context.addIssue({ code: 'custom', message: 'not the address of a push service' });
    return z.NEVER;
  });
}
