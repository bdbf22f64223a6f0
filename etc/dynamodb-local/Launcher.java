import com.almworks.sqlite4java.SQLiteConnection;
import com.almworks.sqlite4java.SQLiteException;
import com.almworks.sqlite4java.SQLiteJob;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ContextHandler;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;
import software.amazon.dynamodb.services.exceptions.AWSExceptionFactory;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;
import software.amazon.dynamodb.services.local.shared.access.LocalDBAccess;
import software.amazon.dynamodb.services.local.shared.access.LocalDBOutputConverter;
import software.amazon.dynamodb.services.local.shared.access.api.dp.TransactWriteItemsFunction;
import software.amazon.dynamodb.services.local.shared.access.sqlite.SQLiteDBAccess;
import software.amazon.dynamodb.services.local.shared.dataaccess.LocalDocumentFactory;
import software.amazon.dynamodb.services.local.shared.env.LocalDBEnv;

/**
 * Starts DynamoDB Local on one address: {@code Launcher HOST PORT DATA_DIRECTORY}.
 *
 * <p>Its own command line has no option for the address and listens on every interface. This puts the
 * same request handler behind a Jetty server bound to HOST, as {@code -sharedDb -dbPath DATA_DIRECTORY}
 * would. The telemetry lives in the command line's server class, which is not used here, so none is sent.
 */
public final class Launcher {

    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("usage: Launcher HOST PORT DATA_DIRECTORY");
            System.exit(64);
        }
        var address = new InetSocketAddress(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
        var directory = Files.createDirectories(Path.of(args[2])).toAbsolutePath().toString();

        // Held in a variable: java.util.logging forgets the level of a logger nobody refers to.
        var sqliteLog = Logger.getLogger("com.almworks.sqlite4java");
        sqliteLog.setLevel(Level.WARNING);

        boolean inMemory = false;
        boolean oneDatabaseForAllRegionsAndKeys = true;
        boolean delayTransientStatuses = false;
        var requests = new Durable(0, inMemory, directory, oneDatabaseForAllRegionsAndKeys, delayTransientStatuses);
        String noCrossOriginCallers = null;
        var server = new Server(address);
        server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(requests, noCrossOriginCallers)));

        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, requests)));
        server.start();
        System.out.println("DynamoDB Local on " + server.getURI() + ", data in " + directory);
        server.join();
    }

    /**
     * Answers a transaction only when it is on disk.
     *
     * <p>DynamoDB Local puts the COMMIT into the queue of its SQLite thread and replies without looking what becomes of
     * it ({@code SQLiteDBAccess.commitTransaction}; single writes do): killed in between, or with the disk full, it has
     * lost a transaction that its client was told of. Here the commit is done ({@link DirectQueue}), or not, before
     * what comes after it looks.
     */
    private static final class Durable extends LocalDynamoDBRequestHandler {

        private final Committing access;

        /** DynamoDB Local makes one for each transaction, with a JSON mapper, which takes longer than writing an item. */
        private final ThreadLocal<TransactWriteItemsFunction> transactions;

        Durable(int cacheSize, boolean inMemory, String directory, boolean shared, boolean delayed) throws Exception {
            super(cacheSize, inMemory, directory, shared, delayed);
            access = new Committing(Path.of(directory, KnownTables.SHARED + ".db").toString());
            KnownDefinitions.use();
            var remembering = KnownTables.useIn(this, access, delayed);
            transactions = ThreadLocal.withInitial(() -> transactionsIn(remembering));
        }

        @Override
        public TransactWriteItemsResponse transactWriteItems(String key, String region, TransactWriteItemsRequest asked) {
            access.committed.set(true);
            var response = KnownTables.using(() -> transactions.get().apply(asked));
            if (!access.committed.get()) {
                throw new IllegalStateException("The transaction could not be put on disk");
            }
            return response;
        }

        /** With what LocalDynamoDbClient gives it. */
        private static TransactWriteItemsFunction transactionsIn(LocalDBAccess access) {
            var errors = new AWSExceptionFactory();
            var environment = new LocalDBEnv();
            var documents = new LocalDocumentFactory();
            var input = new KnownConditions(environment, errors, documents);
            var output = new LocalDBOutputConverter();
            return new TransactWriteItemsFunction(access, input, output, errors, environment, documents);
        }

        @Override
        public BatchGetItemResponse batchGetItem(String key, String region, BatchGetItemRequest asked) {
            return KnownTables.using(() -> super.batchGetItem(key, region, asked));
        }

        @Override
        public BatchWriteItemResponse batchWriteItem(String key, String region, BatchWriteItemRequest asked) {
            return KnownTables.using(() -> super.batchWriteItem(key, region, asked));
        }

        @Override
        public GetItemResponse getItem(String key, String region, GetItemRequest asked) {
            return KnownTables.using(() -> super.getItem(key, region, asked));
        }

        @Override
        public QueryResponse query(String key, String region, QueryRequest asked) {
            return KnownTables.using(() -> super.query(key, region, asked));
        }

        @Override
        public UpdateItemResponse updateItem(String key, String region, UpdateItemRequest asked) {
            return KnownTables.using(() -> super.updateItem(key, region, asked));
        }
    }

    /** Knows whether the last transaction of a thread was committed. */
    private static final class Committing extends SQLiteDBAccess {

        final ThreadLocal<Boolean> committed = new ThreadLocal<>();

        private final Lock oneTransaction;

        /** With a write-ahead log, which is synced once for each commit; a rollback journal is made, synced and deleted. */
        Committing(String file) throws Exception {
            super(file);
            queue.stop(true).join();
            queue = new DirectQueue(new File(file));
            var field = SQLiteDBAccess.class.getDeclaredField("queueLock"); // from BEGIN until COMMIT is in the queue
            field.setAccessible(true);
            oneTransaction = ((ReadWriteLock) field.get(this)).writeLock();
            queue.execute(new SQLiteJob<Void>() {
                @Override
                protected Void job(SQLiteConnection connection) throws SQLiteException {
                    connection.exec("PRAGMA journal_mode = WAL");
                    connection.exec("PRAGMA synchronous = FULL");
                    return null;
                }
            }).complete();
        }

        @Override
        public void commitTransaction(String id, byte[] signature) {
            // Held once more than the overridden method lets go of it, so that no other transaction begins before the
            // look: what is open then is this one, whose COMMIT has failed.
            oneTransaction.lock();
            try {
                super.commitTransaction(id, signature);
                committed.set(queue.execute(new SQLiteJob<Boolean>() {
                    @Override
                    protected Boolean job(SQLiteConnection connection) throws SQLiteException {
                        return isThere(connection, id);
                    }
                }).complete() == Boolean.TRUE);
            } finally {
                oneTransaction.unlock();
            }
        }

        /** It writes its id with a transaction. A COMMIT that fails on a full disk rolls back, as SQLite documents. */
        private static boolean isThere(SQLiteConnection connection, String id) throws SQLiteException {
            if (!connection.getAutoCommit()) {
                connection.exec("ROLLBACK");
                return false;
            }
            var found = connection.prepare("SELECT 1 FROM tr WHERE TransactionId IS ?");
            try {
                return found.bind(1, id).step();
            } finally {
                found.dispose();
            }
        }
    }

    /** Lets no request in any more, then closes the database files. */
    private static void stop(Server server, LocalDynamoDBRequestHandler requests) {
        try {
            server.stop();
        } catch (Exception e) {
            System.err.println("DynamoDB Local did not stop cleanly: " + e);
        }
        requests.shutdown();
    }
}
