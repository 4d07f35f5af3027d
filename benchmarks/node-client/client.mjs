// Fabric's official client, driven line by line: JSON requests on standard input, JSON answers on
// standard output, bytes as base64. The first line names the connection.
//
// {"endpoint", "server_name", "roots", "tls_certificate", "tls_key", "msp_id", "certificate", "key"}  (paths)
// {"call": one of `calls` below, ...}  ->  {"value": ...} or {"error": name, "message", "details"}

import * as grpc from '@grpc/grpc-js';
import { connect, hash, signers } from '@hyperledger/fabric-gateway';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const text = (bytes) => Buffer.from(bytes).toString('base64');
const bytes = (base64) => Buffer.from(base64, 'base64');
const seconds = (count) => () => ({ deadline: Date.now() + count * 1000 });

function open(connection) {
    const credentials = grpc.credentials.createSsl(
        readFileSync(connection.roots),
        readFileSync(connection.tls_key),
        readFileSync(connection.tls_certificate),
    );
    const options = connection.server_name
        ? { 'grpc.ssl_target_name_override': connection.server_name }
        : {};
    return connect({
        client: new grpc.Client(connection.endpoint, credentials, options),
        identity: { mspId: connection.msp_id, credentials: readFileSync(connection.certificate) },
        signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(connection.key))),
        hash: hash.sha256,
        evaluateOptions: seconds(5),
        endorseOptions: seconds(15),
        submitOptions: seconds(5),
        commitStatusOptions: seconds(60),
    });
}

const contract = (gateway, request) =>
    gateway.getNetwork(request.channel).getContract(request.chaincode, request.contract);

const transactionOf = (transaction) => ({
    transaction_id: transaction.getTransactionId(),
    result: text(transaction.getResult()),
    bytes: text(transaction.getBytes()),
    digest: text(transaction.getDigest()),
});

// Of each kind of block events: how a signed request is made, and where a block has its number.
const blocks = {
    block: [
        (gateway, ...signed) => gateway.newSignedBlockEventsRequest(...signed),
        (block) => block.getHeader().getNumber(),
    ],
    filtered_block: [
        (gateway, ...signed) => gateway.newSignedFilteredBlockEventsRequest(...signed),
        (block) => block.getNumber(),
    ],
    block_and_private_data: [
        (gateway, ...signed) => gateway.newSignedBlockAndPrivateDataEventsRequest(...signed),
        (block) => block.getBlock().getHeader().getNumber(),
    ],
};

async function first(request) {
    const events = await request.getEvents();
    try {
        for await (const event of events) {
            return event;
        }
    } finally {
        events.close();
    }
}

const calls = {
    async evaluate(gateway, request) {
        return text(await contract(gateway, request).evaluateTransaction(request.transaction, ...request.arguments));
    },
    async submit(gateway, request) {
        return text(await contract(gateway, request).submitTransaction(request.transaction, ...request.arguments));
    },
    // One loop for each list of calls, all at once: milliseconds of each call that succeeded, the
    // number of those that did not, and milliseconds of all together.
    async measure(gateway, request) {
        const one = contract(gateway, request);
        const call = request.kind === 'evaluate' ? one.evaluateTransaction : one.submitTransaction;
        const latencies = [];
        let failures = 0;
        const loop = async (calls) => {
            for (const args of calls) {
                const begin = performance.now();
                try {
                    await call.call(one, request.transaction, ...args);
                    latencies.push(performance.now() - begin);
                } catch {
                    failures++;
                }
            }
        };
        const begin = performance.now();
        await Promise.all(request.calls.map(loop));
        return { latencies, failures, milliseconds: performance.now() - begin };
    },
    async proposal(gateway, request) {
        const proposal = contract(gateway, request).newProposal(request.transaction, {
            arguments: request.arguments,
        });
        return {
            transaction_id: proposal.getTransactionId(),
            bytes: text(proposal.getBytes()),
            digest: text(proposal.getDigest()),
        };
    },
    // What the given bytes of a proposal are to the official client, before anything is sent.
    async read(gateway, request) {
        const proposal = gateway.newProposal(bytes(request.bytes));
        return { transaction_id: proposal.getTransactionId(), digest: text(proposal.getDigest()) };
    },
    async evaluateSigned(gateway, request) {
        return text(await gateway.newSignedProposal(bytes(request.bytes), bytes(request.signature)).evaluate());
    },
    async endorseSigned(gateway, request) {
        const proposal = gateway.newSignedProposal(bytes(request.bytes), bytes(request.signature));
        return transactionOf(await proposal.endorse());
    },
    async submitSigned(gateway, request) {
        const transaction = gateway.newSignedTransaction(bytes(request.bytes), bytes(request.signature));
        const commit = await transaction.submit();
        return { bytes: text(commit.getBytes()), digest: text(commit.getDigest()) };
    },
    async statusSigned(gateway, request) {
        const commit = gateway.newSignedCommit(bytes(request.bytes), bytes(request.signature));
        const status = await commit.getStatus();
        return { successful: status.successful, block_number: Number(status.blockNumber) };
    },
    // The first event of a stream that was asked for elsewhere.
    async chaincodeEventSigned(gateway, request) {
        const signed = gateway.newSignedChaincodeEventsRequest(bytes(request.bytes), bytes(request.signature));
        const event = await first(signed);
        return {
            block_number: Number(event.blockNumber),
            transaction_id: event.transactionId,
            name: event.eventName,
            payload: text(event.payload),
        };
    },
    // The number of the first block of such a stream.
    async blockSigned(gateway, request) {
        const [make, number] = blocks[request.kind];
        return Number(number(await first(make(gateway, bytes(request.bytes), bytes(request.signature)))));
    },
};

async function answer(gateway, request) {
    try {
        return { value: await calls[request.call](gateway, request) };
    } catch (error) {
        return { error: error.constructor.name, message: error.message, details: error.details };
    }
}

let gateway;
for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const reply = gateway ? await answer(gateway, request) : {};
    gateway ??= open(request);
    process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit(0);
