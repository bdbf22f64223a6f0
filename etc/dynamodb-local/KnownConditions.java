import com.amazonaws.services.dynamodbv2.datamodel.DocumentFactory;
import com.amazonaws.services.dynamodbv2.dbenv.DbEnv;
import com.amazonaws.services.dynamodbv2.rr.ExpressionWrapper;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.dynamodb.services.exceptions.AWSExceptionFactory;
import software.amazon.dynamodb.services.local.shared.access.LocalDBInputConverter;

/**
 * Parses the condition of a write once. DynamoDB Local does so three times in a transaction, twice of it while all others
 * wait; and most conditions are the same each time.
 *
 * <p>For one thread.
 */
final class KnownConditions extends LocalDBInputConverter {

    private static final int MOST = 200; // more than a transaction has
    private static final int MOST_OF_A_KEY = 65536; // bytes of an attribute's name, as LocalDynamoDbClient has it

    private final Map<Condition, ExpressionWrapper> known =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Condition, ExpressionWrapper> eldest) {
                    return size() > MOST;
                }
            };

    /** Its maps are null if they were not given: those that are given and empty are refused. */
    private record Condition(String text, Map<String, String> names, Map<String, AttributeValue> values) {}

    KnownConditions(DbEnv environment, AWSExceptionFactory errors, DocumentFactory documents) {
        super(environment, errors, documents, MOST_OF_A_KEY);
    }

    @Override
    public ExpressionWrapper externalToInternalConditionExpression(
            String text, Map<String, String> names, Map<String, AttributeValue> values) {
        if (text == null) {
            return super.externalToInternalConditionExpression(text, names, values);
        }
        var asked = new Condition(text, ifGiven(names), ifGiven(values));
        var found = known.get(asked);
        if (found == null) {
            found = super.externalToInternalConditionExpression(text, names, values);
            known.put(asked, found);
        }
        return found;
    }

    private static <T> Map<String, T> ifGiven(Map<String, T> map) {
        return map instanceof SdkAutoConstructMap ? null : map;
    }
}
