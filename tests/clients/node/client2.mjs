// The TypeScript client 2.x: with the handshake, which is its default, or with `versionNegotiation: auto`.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { run } from './steps.mjs';

await run(async (job) => {
  const headers = job.key ? { Authorization: `Bearer ${job.key}` } : {};
  const transport = new StreamableHTTPClientTransport(new URL(job.url), { requestInit: { headers } });
  const options = job.era === 'auto' ? { versionNegotiation: { mode: 'auto' } } : {};
  const client = new Client({ name: 'clients-test', version: '1.0.0' }, options);
  await client.connect(transport);
  return {
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: (step, options) => client.callTool({ name: step.tool, arguments: step.arguments }, options),
    close: () => client.close(),
  };
});
