import com.almworks.sqlite4java.SQLiteConnection;
import com.almworks.sqlite4java.SQLiteException;
import com.almworks.sqlite4java.SQLiteJob;
import com.almworks.sqlite4java.SQLiteQueue;
import java.io.File;
import java.lang.reflect.Field;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Does each job for SQLite in the thread that asks for it, one at a time.
 *
 * <p>sqlite4java has a thread for them. A transaction has two jobs for each item that it writes, and all others wait
 * until it is done; on a busy machine handing them over and back took longer than doing them. SQLite lets any thread use
 * a connection as long as no two do at a time; that it is always the same one is a rule of sqlite4java alone.
 */
final class DirectQueue extends SQLiteQueue {

    private final ReentrantLock turn = new ReentrantLock();
    private final SQLiteConnection connection;
    private final Field confinement;
    private boolean stopped;

    DirectQueue(File file) throws ReflectiveOperationException, SQLiteException {
        super(file);
        confinement = SQLiteConnection.class.getDeclaredField("myConfinement");
        confinement.setAccessible(true);
        connection = openConnection();
        var known = SQLiteQueue.class.getDeclaredField("myConnection"); // by what does a job, and rolls one back
        known.setAccessible(true);
        known.set(this, connection);
    }

    @Override
    public <T, J extends SQLiteJob<T>> J execute(J job) {
        turn.lock();
        try {
            if (stopped) {
                job.cancel(true);
            } else {
                confine();
                executeJob(job); // what goes wrong is in the job, for who gets its result
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            turn.unlock();
        }
        return job;
    }

    @Override
    public SQLiteQueue stop(boolean gracefully) {
        turn.lock();
        try {
            if (!stopped) {
                stopped = true;
                confine();
                disposeConnection(connection);
            }
        } finally {
            turn.unlock();
        }
        return this;
    }

    private void confine() {
        try {
            confinement.set(connection, Thread.currentThread());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
