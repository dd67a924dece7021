// mcp-remote between a host that knows only programs (here the TypeScript SDK 1.x) and the bridge.

import { createRequire } from 'node:module';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

import { run } from './steps.mjs';

const proxy = createRequire(import.meta.url).resolve('mcp-remote/dist/proxy.js');

await run(async (job, report) => {
  const header = job.key ? ['--header', `Authorization: Bearer ${job.key}`] : [];
  const protocol = job.era === 'auto' ? ['--protocol', 'auto'] : [];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [proxy, job.url, ...header, ...protocol],
    env: { ...process.env, MCP_REMOTE_CONFIG_DIR: job.scratch },
    stderr: 'pipe',
  });
  // Its user looks into this log when the host says no more than "connection closed".
  transport.stderr.on('data', (data) => report.log.push(...String(data).split('\n').filter(Boolean)));
  const client = new Client({ name: 'clients-test', version: '1.0.0' });
  await client.connect(transport);
  return {
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: (step, options) =>
      client.callTool({ name: step.tool, arguments: step.arguments }, undefined, options),
    close: () => client.close(),
  };
});
