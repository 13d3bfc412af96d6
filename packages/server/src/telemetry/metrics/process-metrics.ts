import { readdirSync } from 'node:fs';
import { constants, monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';
import { processDefinitions } from './definitions.ts';

/** How often the main thread is asked whether it is late; milliseconds. */
const lagEvery = 20;

interface Collection extends PerformanceEntry {
  detail: { kind: number };
}

const kinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak callbacks',
};

/**
 * The figures of the process. Not those that prom-client collects by itself: what it sets going for that can never be
 * stopped, and it counts through all sockets at each scrape.
 *
 * @returns `read` brings the figures up to date, `close` stops watching
 */
export function watchProcess(registry: Registry): { read(): void; close(): void } {
  const { collections, collecting, cpu, ...gauges } = processDefinitions;
  const registers = [registry];
  const make = ({ name, help, labels: labelNames }: typeof cpu) => ({ name, help, labelNames, registers });
  const gauge = Object.fromEntries(
    Object.entries(gauges).map(([key, definition]) => [key, new Gauge(make(definition))]),
  ) as Record<keyof typeof gauges, Gauge>;
  const cpuSeconds = new Counter(make(cpu));
  const runs = new Counter(make(collections));
  const runSeconds = new Counter(make(collecting));
  const lag = monitorEventLoopDelay({ resolution: lagEvery });
  lag.enable();
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries() as Collection[]) {
      const kind = kinds[detail.kind] ?? 'other';
      runs.inc({ kind });
      runSeconds.inc({ kind }, duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  gauge.start.set(Math.round(Date.now() / 1000 - process.uptime()));
  gauge.version.set({ version: process.version }, 1);

  return {
    read: () => {
      const { user, system } = process.cpuUsage();
      cpuSeconds.reset();
      cpuSeconds.inc((user + system) / 1e6);
      const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
      gauge.memory.set(rss);
      gauge.heapUsed.set(heapUsed);
      gauge.heapTotal.set(heapTotal);
      gauge.external.set(external);
      const files = openFiles();
      if (files !== undefined) gauge.files.set(files);
      // What is measured is the time between two looks.
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - lagEvery / 1000);
      // Of no looks at all there is no mean.
      if (lag.count > 0) {
        gauge.lagMean.set(late(lag.mean));
        gauge.lag99.set(late(lag.percentile(99)));
        gauge.lagMax.set(late(lag.max));
      }
      lag.reset();
    },
    close: () => {
      lag.disable();
      observer.disconnect();
    },
  };
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
