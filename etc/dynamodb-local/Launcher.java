import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ContextHandler;
import software.amazon.awssdk.services.dynamodb.model.ListTablesRequest;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsResponse;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

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
     * <p>DynamoDB Local puts the COMMIT into the queue of its SQLite thread and replies without waiting for it
     * ({@code SQLiteDBAccess.commitTransaction}; single writes do wait): killed in between, it has lost a
     * transaction that its client was told of. The queue is worked off in order, so when a read that was put
     * into it afterwards is answered, the commit is done.
     */
    private static final class Durable extends LocalDynamoDBRequestHandler {

        private static final ListTablesRequest ANY_READ =
                ListTablesRequest.builder().limit(1).build();

        Durable(int cacheSize, boolean inMemory, String directory, boolean shared, boolean delayed) {
            super(cacheSize, inMemory, directory, shared, delayed);
        }

        @Override
        public TransactWriteItemsResponse transactWriteItems(
                String accessKey, String region, TransactWriteItemsRequest request) {
            var response = super.transactWriteItems(accessKey, region, request);
            listTables(accessKey, region, ANY_READ);
            return response;
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
