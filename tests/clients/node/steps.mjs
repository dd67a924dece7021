// What every JavaScript client is asked to do, and how its user sees it end.
//
// A job comes as JSON in argv[2]; the report is the last line on stdout. Each driver brings `connect(job)`, which
// gives a session with `list()`, `call(step, options)` and `close()`.

import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** The error as Node prints it: its own words, then those of its causes. */
export function shown(error) {
  const text = `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? `${text} > ${shown(error.cause)}` : text;
}

async function call(session, step) {
  let progress = 0;
  const options = {};
  if (step.timeout) options.timeout = step.timeout * 1000;
  if (step.progress) Object.assign(options, { resetTimeoutOnProgress: true, onprogress: () => progress++ });
  if (step.cancel_after) {
    const controller = new AbortController();
    setTimeout(() => controller.abort('the user'), step.cancel_after * 1000);
    options.signal = controller.signal;
  }
  const result = await session.call(step, options);
  return {
    is_error: Boolean(result.isError),
    text: result.content.map((block) => block.text).join('\n'),
    structured: result.structuredContent,
    progress,
  };
}

async function take(session, step) {
  switch (step.do) {
    case 'list':
      return { tools: await session.list() };
    case 'call':
      return call(session, step);
    case 'wait':
      // The test does something to the server meanwhile, and says so with a line.
      console.log(JSON.stringify({ waiting: true }));
      await lines.next();
      return {};
    default:
      throw new Error(`no such step: ${step.do}`);
  }
}

export async function run(connect) {
  const job = JSON.parse(process.argv[2]);
  const report = { steps: [], ended: null, log: [] };
  try {
    const session = await connect(job, report);
    for (const step of job.steps) {
      try {
        report.steps.push(await take(session, step));
      } catch (error) {
        report.steps.push({ raised: shown(error) });
      }
    }
    await session.close();
  } catch (error) {
    report.ended = shown(error);
  }
  // An SDK may leave a connection or a timer behind; once the report is out, nothing else is wanted.
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}
