// The TypeScript SDK 1.x, speaking HTTP itself.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { run } from './steps.mjs';

await run(async (job) => {
  const headers = job.key ? { Authorization: `Bearer ${job.key}` } : {};
  const transport = new StreamableHTTPClientTransport(new URL(job.url), { requestInit: { headers } });
  const client = new Client({ name: 'clients-test', version: '1.0.0' });
  await client.connect(transport);
  return {
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: (step, options) =>
      client.callTool({ name: step.tool, arguments: step.arguments }, undefined, options),
    close: () => client.close(),
  };
});
