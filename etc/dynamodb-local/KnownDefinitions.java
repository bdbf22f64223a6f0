import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.dynamodb.services.local.shared.access.sqlite.SQLiteDBAccessJob;
import software.amazon.dynamodb.services.local.shared.access.sqlite.TableSchemaInfo;
import software.amazon.dynamodb.services.local.shared.mapper.DynamoDbObjectMapper;

/**
 * Parses the definition of a table once, for reading and writing items.
 *
 * <p>DynamoDB Local stores it as JSON, and parses it once for each item that it reads and twice more for each that it
 * writes. It is still read from SQLite each time; the same bytes mean the same definition, so nothing goes stale here.
 * What changes definitions has a mapper of its own ({@code SQLiteDBAccess}) and so objects of its own to change.
 */
final class KnownDefinitions extends JsonDeserializer<TableSchemaInfo> {

    private static final int MOST = 1_000;

    private final ObjectMapper parsing = new DynamoDbObjectMapper();
    private final Map<ByteBuffer, TableSchemaInfo> known =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<ByteBuffer, TableSchemaInfo> eldest) {
                    return size() > MOST;
                }
            };

    /** Before anything is parsed: a mapper keeps the deserializers that it has used. */
    static void use() throws ReflectiveOperationException {
        var field = SQLiteDBAccessJob.class.getDeclaredField("MAPPER");
        field.setAccessible(true);
        var ours = new SimpleModule("known definitions").addDeserializer(TableSchemaInfo.class, new KnownDefinitions());
        ((ObjectMapper) field.get(null)).registerModule(ours);
    }

    @Override
    public synchronized TableSchemaInfo deserialize(JsonParser parser, DeserializationContext context)
            throws IOException {
        if (!(parser.getTokenLocation().getSourceRef() instanceof byte[] json)) {
            return parsing.readValue(parser, TableSchemaInfo.class);
        }
        var found = known.get(ByteBuffer.wrap(json));
        if (found == null) {
            found = parsing.readValue(json, TableSchemaInfo.class);
            known.put(ByteBuffer.wrap(json), found);
        }
        return found;
    }
}
