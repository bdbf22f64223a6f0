import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.shared.access.AmazonDynamoDBLocal;
import software.amazon.dynamodb.services.local.shared.access.LocalDBAccess;
import software.amazon.dynamodb.services.local.shared.access.LocalDBClient;
import software.amazon.dynamodb.services.local.shared.jobs.JobsRegister;

/**
 * Remembers what a table is like until a table is changed, for those requests about items that come often.
 *
 * <p>DynamoDB Local reads and parses the definition of a table several times for each item that it writes, which
 * takes it longer than the writing. Whatever looks at tables or changes them reads for itself.
 */
final class KnownTables implements InvocationHandler {

    static final String SHARED = "shared-local-instance"; // as the handler calls it with -sharedDb
    private static final Set<String> CHANGE_NO_TABLE =
            Set.of(
                    "getRecord", "putRecord", "deleteRecord", "queryRecords", "getLockForTable", "listTables",
                    "beginTransaction", "commitTransaction", "rollbackTransaction");

    // What DescribeTable says of the items. DynamoDB Local reads all of them for it, under its one lock: with 100,000 of
    // them a start of all processes, which look at their tables, took minutes. AWS's own figures are hours old.
    private static final Set<String> COUNTS =
            Set.of(
                    "getTableItemCount", "getLSIItemCount", "getGSIItemCount",
                    "getTableByteSize", "getLSIByteSize", "getGSIByteSize");

    private static final ThreadLocal<Boolean> USED = ThreadLocal.withInitial(() -> false);

    private final LocalDBAccess access;
    private final Map<Object, Object> known = new HashMap<>();
    private long changes;

    private KnownTables(LocalDBAccess access) {
        this.access = access;
    }

    /**
     * What of {@code access} the handler uses from now on: it has no other way to be given its access to SQLite, and makes
     * one when it finds none.
     */
    static LocalDBAccess useIn(LocalDynamoDBRequestHandler handler, LocalDBAccess access, boolean delayed) throws Exception {
        var interfaces = new Class<?>[] {LocalDBAccess.class};
        var loader = LocalDBAccess.class.getClassLoader();
        var remembering = (LocalDBAccess) Proxy.newProxyInstance(loader, interfaces, new KnownTables(access));
        var field = LocalDynamoDBRequestHandler.class.getDeclaredField("dbRequestHandlers");
        field.setAccessible(true);
        @SuppressWarnings("unchecked")
        var clients = (Map<String, AmazonDynamoDBLocal>) field.get(handler);
        // Each table whose items expire keeps a thread for ever: of the handler's own ten none was left to make an index.
        var jobs = new JobsRegister(Executors.newCachedThreadPool(), delayed);
        clients.put(SHARED, new LocalDBClient(remembering, jobs));
        return remembering;
    }

    /** The request is answered by what is remembered. */
    static <T> T using(Supplier<T> request) {
        USED.set(true);
        try {
            return request.get();
        } finally {
            USED.set(false);
        }
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (COUNTS.contains(method.getName())) {
            return 0L;
        }
        if (method.getName().equals("getTableInfo")) {
            return USED.get() ? tableInfo(method, arguments) : call(method, arguments);
        }
        try {
            return call(method, arguments);
        } finally {
            if (!CHANGE_NO_TABLE.contains(method.getName())) {
                forget();
            }
        }
    }

    private Object tableInfo(Method method, Object[] arguments) throws Throwable {
        long before;
        synchronized (this) {
            var found = known.get(arguments[0]);
            if (found != null) {
                return found;
            }
            before = changes;
        }
        var found = call(method, arguments);
        synchronized (this) {
            // What was read while a table was changed may be how it was before.
            if (found != null && changes == before) {
                known.put(arguments[0], found);
            }
        }
        return found;
    }

    private synchronized void forget() {
        changes++;
        known.clear();
    }

    private Object call(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(access, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
