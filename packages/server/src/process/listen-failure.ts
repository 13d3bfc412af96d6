/**
 * A sentence about a port that could not be opened.
 *
 * @param settings what names port and host, as the person who gave them would
 * @returns undefined when the error is about something else
 */
export function describeListenFailure(
  error: unknown,
  { host, port }: { host: string; port: number },
  settings: { host: string; port: string },
): string | undefined {
  const { code, syscall, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
  // Others may not be allowed to do something, or ask for names.
  if (syscall !== 'listen' && !(syscall === 'getaddrinfo' && hostname === host)) return undefined;
  const where = `port ${port} of ${host}`;
  switch (code) {
    case 'EADDRINUSE':
      return `Another program listens on ${where}; end it, or give another port with ${settings.port}.`;
    case 'EACCES':
      return `This user may not listen on ${where}; give a port above 1023 with ${settings.port}.`;
    default:
      return `${host} is no address of this machine (${code}); give another with ${settings.host}.`;
  }
}
